package dev.mmgen.spark;

import dev.mmgen.torch.Torch;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The work of an executor's tasks, each on the rows of a partition. A task takes the model of its process, and gives it back when it
 * ends, in whatever way.
 *
 * @param output the columns that rows get
 * @param count  hears of each row
 */
record PartitionTask(SparkModel model, RowSource source, RequestSettings settings, Output output, RowCount count)
        implements MapPartitionsFunction<Row, Row> {

    /**
     * The columns that rows get, before that of the errors.
     *
     * @param modalities by name
     * @param batch      how many rows are drawn at once
     */
    record Output(List<String> modalities, ColumnFormat format, int batch) implements Serializable {}

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return Collections.emptyIterator();
        }
        TaskContext context = TaskContext.get();
        // The last digits of a result depend on it.
        Torch.setThreads(context.cpus());
        ExecutorModels.Lease lease = ExecutorModels.lease(model, count);
        context.addTaskCompletionListener((TaskCompletionListener) _ -> lease.close());
        return new DrawnRows(rows, this, lease.mmgen(), context);
    }
}
