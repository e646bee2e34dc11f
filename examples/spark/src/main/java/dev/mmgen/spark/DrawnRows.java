package dev.mmgen.spark;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.sampling.SamplingStep;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a partition with what was drawn for them, in order, batch by batch as they are asked for. A row that cannot be drawn has
 * an error in place of its image; where that shows only as its batch is drawn, the rows of the batch are drawn one by one.
 */
final class DrawnRows implements Iterator<Row> {

    private final Iterator<Row> rows;
    private final PartitionTask task;
    private final MmGen mmgen;
    private final TaskContext context;
    private final Queue<Row> ready = new ArrayDeque<>();

    DrawnRows(Iterator<Row> rows, PartitionTask task, MmGen mmgen, TaskContext context) {
        this.rows = rows;
        this.task = task;
        this.mmgen = mmgen;
        this.context = context;
    }

    /** A row and its request, or the reason why there is none. */
    private record Wanted(
            Row row,
            @Nullable ImageRequest request,
            @Nullable RuntimeException error) {}

    @Override
    public boolean hasNext() {
        return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all rows of the partition were taken");
        }
        if (ready.isEmpty()) {
            List<Wanted> batch = new ArrayList<>();
            while (batch.size() < task.output().batch() && rows.hasNext()) {
                batch.add(wanted(rows.next()));
            }
            draw(batch);
        }
        return ready.remove();
    }

    private Wanted wanted(Row row) {
        try {
            return new Wanted(
                    row,
                    task.source()
                            .of(row, mmgen, task.settings())
                            .onStep(this::endIfKilled)
                            .build(),
                    null);
        } catch (RuntimeException e) {
            return new Wanted(row, null, e);
        }
    }

    /** Ends a batch of a task that was killed, since a copy of it was faster for example: it may have minutes to go. */
    private void endIfKilled(SamplingStep step) {
        if (context.isInterrupted()) {
            step.cancel();
        }
    }

    private void draw(List<Wanted> batch) {
        List<ImageRequest> requests = new ArrayList<>();
        for (Wanted wanted : batch) {
            if (wanted.request != null) {
                requests.add(wanted.request);
            }
        }
        Iterator<MultiModalImage> images;
        try {
            images = drawn(requests).iterator();
        } catch (SamplingCancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            if (batch.size() == 1) {
                ready.add(failed(batch.getFirst().row, e));
            } else {
                batch.forEach(wanted -> draw(List.of(wanted)));
            }
            return;
        }
        for (Wanted wanted : batch) {
            ready.add(wanted.error == null ? finished(wanted.row, images.next()) : failed(wanted.row, wanted.error));
        }
    }

    private List<MultiModalImage> drawn(List<ImageRequest> requests) {
        if (requests.isEmpty()) {
            return List.of();
        }
        if (requests.size() == 1 && task.output().batch() > 1) {
            // libtorch multiplies a single image by other kernels, whose last digits differ, but two as any number: how
            // many rows are left for the last batch must not show.
            ImageRequest only = requests.getFirst();
            return mmgen.runAll(List.of(only, only));
        }
        return mmgen.runAll(requests);
    }

    private Row finished(Row row, MultiModalImage image) {
        Object[] values = extended(row);
        int column = row.size();
        for (String name : task.output().modalities()) {
            values[column++] =
                    task.output().format().value(image, mmgen.modalities().find(name));
        }
        task.count().image();
        return RowFactory.create(values);
    }

    private Row failed(Row row, RuntimeException reason) {
        Object[] values = extended(row);
        values[values.length - 1] = reason.getMessage() == null ? reason.toString() : reason.getMessage();
        task.count().error();
        return RowFactory.create(values);
    }

    /** Returns the values of a row, with room for what it gets. */
    private Object[] extended(Row row) {
        Object[] values = new Object[row.size() + task.output().modalities().size() + 1];
        for (int i = 0; i < row.size(); i++) {
            values[i] = row.get(i);
        }
        return values;
    }
}
