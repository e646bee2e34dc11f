package dev.mmgen.train.checkpoint;

import java.util.Objects;

/**
 * The times at which checkpoints are written, and their form.
 *
 * @param every  steps from one to the next, at least 1
 * @param keep   how many of the latest stay; 0 keeps all
 * @param format of the files
 */
public record Checkpointing(long every, int keep, Format format) {

    /** The form of a checkpoint. */
    public enum Format {
        /** A {@code .pt} file that PyTorch and the official programs read. */
        PT(".pt"),
        /** A folder of safetensors and JSON, which is a model folder too. */
        SAFETENSORS("");

        private final String ending;

        Format(String ending) {
            this.ending = ending;
        }

        /** Returns the file's name for a step's name, such as {@code 0050000.pt}. */
        public String fileName(String step) {
            return step + ending;
        }
    }

    /** The reference's: a {@code .pt} file every 50,000 steps, all kept. */
    public static final Checkpointing RELEASED = new Checkpointing(50_000, 0, Format.PT);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Checkpointing {
        Objects.requireNonNull(format, "format");
        if (every < 1) {
            throw new IllegalArgumentException("setting 'checkpointing.every' is " + every + "; it must be at least 1");
        }
        if (keep < 0) {
            throw new IllegalArgumentException("setting 'checkpointing.keep' is " + keep + "; it must be at least 0");
        }
    }

    /** Returns checkpoints in {@code .pt} files after every so many steps, all kept. */
    public static Checkpointing every(long steps) {
        return RELEASED.withEvery(steps);
    }

    /** Returns the same after every so many steps. */
    public Checkpointing withEvery(long steps) {
        return new Checkpointing(steps, keep, format);
    }

    /** Returns the same with so many of the latest kept; 0 keeps all. */
    public Checkpointing withKeep(int count) {
        return new Checkpointing(every, count, format);
    }

    /** Returns the same in another form. */
    public Checkpointing withFormat(Format other) {
        return new Checkpointing(every, keep, other);
    }
}
