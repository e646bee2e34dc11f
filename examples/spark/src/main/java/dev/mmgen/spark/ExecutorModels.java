package dev.mmgen.spark;

import dev.mmgen.MmGen;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The models that this executor process has open: one for all of its tasks. A model that no task uses stays open for the next
 * ones, until they ask for another; so several are open only while tasks use them at the same time.
 */
final class ExecutorModels {

    private static final Map<SparkModel, Open> MODELS = new HashMap<>();

    private ExecutorModels() {}

    /** A model that is open, and how many tasks use it. */
    private static final class Open {

        private final MmGen mmgen;
        private int tasks;

        Open(MmGen mmgen) {
            this.mmgen = mmgen;
        }
    }

    /** The use of a model by a task. */
    static final class Lease implements AutoCloseable {

        private final Open open;
        private boolean closed;

        private Lease(Open open) {
            this.open = open;
        }

        MmGen mmgen() {
            return open.mmgen;
        }

        /** Ends the use. Closing twice has no effect. */
        @Override
        public void close() {
            synchronized (MODELS) {
                if (!closed) {
                    closed = true;
                    open.tasks--;
                }
            }
        }
    }

    /** Returns a model for a task. The first one opens it, while the others wait. */
    static Lease lease(SparkModel model, RowCount count) {
        synchronized (MODELS) {
            Open open = MODELS.get(model);
            if (open == null) {
                closeIdle();
                open = new Open(model.open());
                MODELS.put(model, open);
                count.model();
            }
            open.tasks++;
            return new Lease(open);
        }
    }

    /** Closes the models that no task uses. */
    static void closeIdle() {
        synchronized (MODELS) {
            for (Iterator<Open> all = MODELS.values().iterator(); all.hasNext(); ) {
                Open open = all.next();
                if (open.tasks == 0) {
                    all.remove();
                    open.mmgen.close();
                }
            }
        }
    }

    /** Returns the number of models that are open. */
    static int open() {
        synchronized (MODELS) {
            return MODELS.size();
        }
    }
}
