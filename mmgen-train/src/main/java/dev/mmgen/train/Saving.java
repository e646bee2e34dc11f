package dev.mmgen.train;

/**
 * When checkpoints are written.
 *
 * @param every  steps from one to the next
 * @param keep   how many of the latest stay; 0 keeps all
 * @param format what they are
 */
public record Saving(long every, int keep, Format format) {

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

        /** Returns the name of a checkpoint. */
        String name(String step) {
            return step + ending;
        }
    }

    /** The reference's: every 50,000 steps, all kept. */
    public static final Saving RELEASED = new Saving(50_000, 0, Format.PT);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Saving {
        if (every < 1) {
            throw new IllegalArgumentException("setting 'every' is " + every + "; it must be at least 1");
        }
        if (keep < 0) {
            throw new IllegalArgumentException("setting 'keep' is " + keep + "; it must be at least 0");
        }
    }

    /** Writes {@code .pt} files. */
    public Saving(long every, int keep) {
        this(every, keep, Format.PT);
    }

    /** Returns the same in another form. */
    public Saving as(Format other) {
        return new Saving(every, keep, other);
    }
}
