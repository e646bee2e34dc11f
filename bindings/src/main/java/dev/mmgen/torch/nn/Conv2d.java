package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A cross-correlation of images {@code [N, C, H, W]} with square filters.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="conv2d"}
 */
public final class Conv2d extends Module implements Layer {

    private final long inputs;
    private final long outputs;
    private final int kernel;
    private final Config config;
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /**
     * The settings that have usual values.
     *
     * @param stride  pixels between neighbouring outputs, at least 1; default 1
     * @param padding zeros on every side, at least 0; default 0
     * @param bias    true to add a learned number per output channel; default true
     */
    public record Config(int stride, int padding, boolean bias) {

        /** Stride 1, no padding, a bias. */
        public static final Config DEFAULT = new Config(1, 0, true);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public Config {
            if (stride < 1 || padding < 0) {
                throw new IllegalArgumentException("a convolution of stride " + stride + " and padding " + padding
                        + "; the stride must be at least 1 and the padding at least 0");
            }
        }

        /** Returns the same settings with another stride. */
        public Config withStride(int newStride) {
            return new Config(newStride, padding, bias);
        }

        /** Returns the same settings with another padding. */
        public Config withPadding(int newPadding) {
            return new Config(stride, newPadding, bias);
        }

        /** Returns the same settings without a bias. */
        public Config withoutBias() {
            return new Config(stride, padding, false);
        }
    }

    /** Returns the usual settings with a stride. */
    public static Config stride(int stride) {
        return Config.DEFAULT.withStride(stride);
    }

    /** Returns the usual settings with a padding. */
    public static Config padding(int padding) {
        return Config.DEFAULT.withPadding(padding);
    }

    /** Makes a convolution with the usual settings, see {@link #Conv2d(long, long, int, Config)}. */
    public Conv2d(long inputs, long outputs, int kernel) {
        this(inputs, outputs, kernel, Config.DEFAULT);
    }

    /**
     * Makes a convolution. It starts uniform within {@code 1 / sqrt(inputs * kernel²)}, as PyTorch does.
     *
     * @param inputs  channels of the image
     * @param outputs channels of the result
     * @param kernel  side of the filters in pixels
     */
    public Conv2d(long inputs, long outputs, int kernel, Config config) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.kernel = kernel;
        this.config = config;
        Init init = Init.uniform(1 / Math.sqrt((double) inputs * kernel * kernel));
        this.weight = parameter("weight", Shape.of(outputs, inputs, kernel, kernel), init);
        this.bias = config.bias ? parameter("bias", Shape.of(outputs), init) : null;
    }

    /**
     * Maps {@code [N, inputs, H, W]} to {@code [N, outputs, H', W']} with {@code H' = (H + 2 padding - kernel) / stride + 1},
     * rounded down.
     */
    @Override
    public Tensor forward(Tensor input) {
        return convolve(input, null);
    }

    /** Returns what {@link #forward} does with an addend of its shape, which takes no pass of its own where gradients are not recorded. */
    public Tensor forwardAdding(Tensor input, Tensor addend) {
        return convolve(input, addend);
    }

    private Tensor convolve(Tensor input, @Nullable Tensor addend) {
        return Functional.conv2d(
                input,
                weight.value(),
                bias == null ? null : bias.value(),
                new Functional.Window(config.stride, config.padding, 1),
                addend);
    }

    /** Returns the filters, {@code [outputs, inputs, kernel, kernel]}. */
    public Parameter weight() {
        return weight;
    }

    /**
     * Returns the bias, {@code [outputs]}.
     *
     * @throws IllegalStateException if there is none
     */
    public Parameter bias() {
        if (bias == null) {
            throw new IllegalStateException("the convolution " + settings() + " has no bias");
        }
        return bias;
    }

    @Override
    protected String settings() {
        return inputs + " -> " + outputs + ", kernel " + kernel + ", stride " + config.stride + ", padding "
                + config.padding + (config.bias ? "" : ", no bias");
    }
}
