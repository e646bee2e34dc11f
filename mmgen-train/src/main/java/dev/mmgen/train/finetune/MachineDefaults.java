package dev.mmgen.train.finetune;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Machine;

/** The settings of a training that follow from the machine and the number of samples. */
public final class MachineDefaults {

    /** Memory that is counted on where the system does not say how much is free. */
    private static final long USUAL_MEMORY = 4L << 30;
    /** Numbers that a block keeps per token for its backward pass, in multiples of the model's width; measured. */
    private static final long KEPT_PER_BLOCK = 34;
    /** Copies of the weights in float32: they, their gradients, two moments and the EMA. */
    private static final long COPIES = 5;
    /** A step sees a sample four epochs apart at least. */
    private static final int LEAST_STEPS_PER_EPOCH = 4;

    private MachineDefaults() {}

    /**
     * Returns the samples of a step: the largest power of two that is no more than a quarter of the samples.
     *
     * @param samples at least 1
     * @param largest where there are enough of them
     */
    public static int batch(int samples, int largest) {
        int most = Math.min(largest, Math.max(1, samples / LEAST_STEPS_PER_EPOCH));
        return Integer.highestOneBit(most);
    }

    /**
     * Returns in how many micro-batches a step goes through the model, so that each fits into half of what is free.
     *
     * @param frozen further models of that shape that a step asks, such as the one that it distils from
     * @param critic true if a second model is trained beside it
     */
    static int microBatches(int batch, TransformerConfig shape, int frozen, boolean critic) {
        return microBatches(
                batch,
                shape,
                frozen + (critic ? (int) COPIES : 0),
                Machine.now().availableMemory().orElse(USUAL_MEMORY));
    }

    static int microBatches(int batch, TransformerConfig shape, int frozen, long memory) {
        long tokens = (long) (shape.inputSize() / shape.patchSize()) * (shape.inputSize() / shape.patchSize());
        long perSample = tokens * shape.width() * shape.depth() * KEPT_PER_BLOCK * Float.BYTES;
        long free = Math.max(0, memory - (COPIES + frozen) * Float.BYTES * parameters(shape)) / 2;
        int parts = 1;
        while (parts < batch && perSample * (batch / parts) > free) {
            parts *= 2;
        }
        return parts;
    }

    /** Returns about how many weights a model has: those of its blocks, by far the most. */
    static long parameters(TransformerConfig shape) {
        double perBlock = (10 + 2 * shape.mlpRatio()) * shape.width() * shape.width();
        return (long) (shape.depth() * perBlock);
    }
}
