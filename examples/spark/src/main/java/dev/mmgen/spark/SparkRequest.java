package dev.mmgen.spark;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.torch.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A request to a model for every row of a dataset, which gets a column for each modality and one of errors. Made by
 * {@link SparkModel#understand} and {@link SparkModel#generate}; one thread at a time can use it, for any number of datasets.
 *
 * <p>What a row gets does not depend on how rows are split into partitions, on the size of batches, or on machines that are lost on
 * the way: it is what one process draws, bit for bit, that draws two images or more at once on one thread. For that, tasks compute on as
 * many threads as they have cores ({@code spark.task.cpus}), one by default, and never draw a row alone, since libtorch multiplies single
 * images by other kernels. Batches of 1, and tasks of more threads, differ in their last digits.
 *
 * <p>A task takes rows from its partition as it needs them, so that a batch is all that it holds. A partition is what is done anew
 * where a machine is lost. Weights and tensors are outside of the Java heap: {@code spark.executor.memoryOverhead} is for them.
 */
public final class SparkRequest {

    private final SparkModel model;
    private final RowSource source;
    private RequestSettings settings = request -> request;
    private ColumnFormat format = ColumnFormat.PNG;
    private String errors = "error";
    private int rowsPerPartition;
    private @Nullable RowCount count;

    SparkRequest(SparkModel model, RowSource source) {
        this.model = model;
        this.source = source;
    }

    /**
     * Sets what the requests of all rows have in common, such as {@code request -> request.seed(7).steps(50).batch(16)}: a batch is what
     * is drawn at once, 4 rows by default. Several settings add up; what columns tell goes before them.
     */
    public SparkRequest with(RequestSettings more) {
        settings = settings.and(more);
        return this;
    }

    /** Sets the form of the modalities in their columns, {@link ColumnFormat#PNG} by default. */
    public SparkRequest as(ColumnFormat newFormat) {
        format = Objects.requireNonNull(newFormat, "format");
        return this;
    }

    /** Names the column that tells why a row has no image, {@code error} by default; it is null where there is one. */
    public SparkRequest errors(String column) {
        errors = Objects.requireNonNull(column, "column");
        return this;
    }

    /**
     * Splits the dataset anew before anything is drawn, which counts and shuffles its rows; without this, its partitions stay. The
     * binaryFile source makes partitions of about 32 files.
     *
     * @param rows of a partition: what a task draws, and draws anew if its machine is lost
     */
    public SparkRequest rowsPerPartition(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("rows per partition are " + rows + "; they must be at least 1");
        }
        rowsPerPartition = rows;
        return this;
    }

    /** Counts what was done. */
    public SparkRequest counting(RowCount newCount) {
        count = newCount;
        return this;
    }

    /**
     * Returns the dataset with what is drawn for its rows: a column for each modality of the model that is not given, named like it, or for
     * those that the settings name ({@code request.only(...)}), and the errors. As with all datasets, nothing is drawn before rows are
     * asked for, and all is drawn again when they are asked for again: write it, or persist it.
     *
     * <p>A row that cannot be drawn, since its photo is damaged for example, gets an error, and the others their images. The model
     * is opened on the driver for a moment, to check the settings.
     *
     * @throws IllegalArgumentException if a column is missing, of another type, or there already, or a setting does not fit the model
     * @throws dev.mmgen.io.ModelFolderException if the model cannot be opened
     */
    public Dataset<Row> apply(Dataset<Row> rows) {
        source.check(rows.schema());
        ImageRequest any;
        List<Modality> wanted;
        try (MmGen mmgen = model.on(Device.CPU).open()) {
            any = source.any(mmgen, settings).build();
            wanted = wanted(any, mmgen.modalities());
        }
        if (any.series().count() != 1) {
            throw new IllegalArgumentException("count is " + any.series().count()
                    + ", but a row has one image; give each image a row of its own, with its number in a column");
        }
        PartitionTask.Output output = new PartitionTask.Output(
                wanted.stream().map(Modality::name).toList(),
                format,
                any.series().batch());
        RowCount counted = count == null ? RowCount.of(rows.sparkSession()) : count;
        return split(rows)
                .mapPartitions(
                        new PartitionTask(model, source, settings, output, counted),
                        Encoders.row(schema(rows.schema(), output)));
    }

    /** Returns the modalities that a request draws: those that it names, or else all that are not given. */
    private static List<Modality> wanted(ImageRequest request, ModalitySet all) {
        if (!request.wanted().isEmpty()) {
            return request.wanted();
        }
        List<Modality> drawn = new ArrayList<>(all.list());
        drawn.removeAll(request.given().conditions().keySet());
        return drawn;
    }

    private StructType schema(StructType rows, PartitionTask.Output output) {
        StructType schema = rows;
        for (String modality : output.modalities()) {
            schema = withNew(schema, modality, format.type());
        }
        return withNew(schema, errors, DataTypes.StringType);
    }

    private static StructType withNew(StructType schema, String column, DataType type) {
        for (String name : schema.fieldNames()) {
            // Spark tells columns apart without regard to case.
            if (name.equalsIgnoreCase(column)) {
                throw new IllegalArgumentException("there is a column '" + name
                        + "' already, where what is drawn would go; rename or drop it, or choose what is drawn with request.only()"
                        + " and the name of the errors' column with errors()");
            }
        }
        return schema.add(column, type);
    }

    private Dataset<Row> split(Dataset<Row> rows) {
        if (rowsPerPartition == 0) {
            return rows;
        }
        long partitions = Math.ceilDiv(rows.count(), (long) rowsPerPartition);
        return rows.repartition(Math.max(1, Math.toIntExact(partitions)));
    }
}
