package dev.mmgen.codec;

import java.util.List;

/**
 * The shape of an {@link AutoencoderKl}: the fields of diffusers' {@code AutoencoderKL} that matter here. Made by name,
 * from a preset:
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="autoencoder-config"}
 *
 * @param inChannels           channels of the images to encode
 * @param outChannels          channels of the decoded images
 * @param latentChannels       channels of the latents
 * @param blockOutChannels     channels per level, from the finest; each further level halves height and width
 * @param layersPerBlock       residual blocks per level of the encoder; the decoder has one more
 * @param normNumGroups        groups of every group norm; divides all of {@code blockOutChannels}
 * @param scalingFactor        factor from raw latents to those of a diffusion model; not applied by the autoencoder itself
 * @param sampleSize           height and width of the images at training
 * @param midBlockAddAttention true if the coarsest level has attention
 * @param useQuantConv         true if a 1 × 1 convolution follows the encoder
 * @param usePostQuantConv     true if a 1 × 1 convolution precedes the decoder
 */
public record AutoencoderConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        double scalingFactor,
        int sampleSize,
        boolean midBlockAddAttention,
        boolean useQuantConv,
        boolean usePostQuantConv) {

    /** The largest number of channels or pixels that a setting may name. */
    private static final int MAX_SIZE = 1 << 16;

    private static final int MAX_LEVELS = 16;
    private static final int MAX_LAYERS = 64;

    /**
     * Checks that the numbers fit each other.
     *
     * @throws IllegalArgumentException naming the setting, as diffusers calls it, that does not
     */
    public AutoencoderConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        requireSize("in_channels", inChannels);
        requireSize("out_channels", outChannels);
        requireSize("latent_channels", latentChannels);
        require(
                layersPerBlock >= 1 && layersPerBlock <= MAX_LAYERS,
                "layers_per_block",
                layersPerBlock,
                "from 1 to " + MAX_LAYERS);
        requireSize("norm_num_groups", normNumGroups);
        requireSize("sample_size", sampleSize);
        require(
                !blockOutChannels.isEmpty() && blockOutChannels.size() <= MAX_LEVELS,
                "block_out_channels",
                blockOutChannels,
                "a list of 1 to " + MAX_LEVELS + " numbers");
        for (int channels : blockOutChannels) {
            requireSize("block_out_channels", channels);
            require(
                    channels % normNumGroups == 0,
                    "block_out_channels",
                    blockOutChannels,
                    "multiples of norm_num_groups, which is " + normNumGroups);
        }
        require(
                scalingFactor > 0 && scalingFactor < Double.POSITIVE_INFINITY,
                "scaling_factor",
                scalingFactor,
                "positive and finite");
    }

    private static void requireSize(String name, int value) {
        require(value >= 1 && value <= MAX_SIZE, name, value, "from 1 to " + MAX_SIZE);
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "autoencoder setting '" + name + "' is " + value + "; it must be " + rule);
        }
    }

    /** Returns the settings of Stable Diffusion's autoencoder ({@code stabilityai/sd-vae-ft-mse}), which MMGen uses. */
    public static AutoencoderConfig stableDiffusion() {
        return new AutoencoderConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, 0.18215, 256, true, true, true);
    }

    /** Returns a builder that begins with these settings. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Returns how many pixels make one latent pixel, in each direction. */
    public int factor() {
        return 1 << (blockOutChannels.size() - 1);
    }

    /** Returns the channels of the coarsest level. */
    int deepestChannels() {
        return blockOutChannels.getLast();
    }

    /** Settings in the making. A thing of one thread. */
    public static final class Builder {

        private int inChannels;
        private int outChannels;
        private int latentChannels;
        private List<Integer> blockOutChannels;
        private int layersPerBlock;
        private int normNumGroups;
        private double scalingFactor;
        private int sampleSize;
        private boolean midBlockAddAttention;
        private boolean useQuantConv;
        private boolean usePostQuantConv;

        private Builder(AutoencoderConfig start) {
            inChannels = start.inChannels;
            outChannels = start.outChannels;
            latentChannels = start.latentChannels;
            blockOutChannels = start.blockOutChannels;
            layersPerBlock = start.layersPerBlock;
            normNumGroups = start.normNumGroups;
            scalingFactor = start.scalingFactor;
            sampleSize = start.sampleSize;
            midBlockAddAttention = start.midBlockAddAttention;
            useQuantConv = start.useQuantConv;
            usePostQuantConv = start.usePostQuantConv;
        }

        /** Sets the channels of the images to encode, from 1. */
        public Builder inChannels(int channels) {
            inChannels = channels;
            return this;
        }

        /** Sets the channels of the decoded images, from 1. */
        public Builder outChannels(int channels) {
            outChannels = channels;
            return this;
        }

        /** Sets the channels of the latents, from 1. */
        public Builder latentChannels(int channels) {
            latentChannels = channels;
            return this;
        }

        /** Sets the channels per level, from the finest, 1 to 16 levels. */
        public Builder blockOutChannels(Integer... channels) {
            return blockOutChannels(List.of(channels));
        }

        /** Sets the channels per level, from the finest, 1 to 16 levels. */
        public Builder blockOutChannels(List<Integer> channels) {
            blockOutChannels = channels;
            return this;
        }

        /** Sets the residual blocks per level of the encoder, 1 to 64. */
        public Builder layersPerBlock(int layers) {
            layersPerBlock = layers;
            return this;
        }

        /** Sets the groups of every group norm, a divisor of all levels' channels. */
        public Builder normNumGroups(int groups) {
            normNumGroups = groups;
            return this;
        }

        /** Sets the factor from raw latents to those of a diffusion model: positive. */
        public Builder scalingFactor(double factor) {
            scalingFactor = factor;
            return this;
        }

        /** Sets height and width of the images at training, in pixels. */
        public Builder sampleSize(int pixels) {
            sampleSize = pixels;
            return this;
        }

        /** Sets whether the coarsest level has attention. */
        public Builder midBlockAddAttention(boolean attention) {
            midBlockAddAttention = attention;
            return this;
        }

        /** Sets whether a 1 × 1 convolution follows the encoder. */
        public Builder useQuantConv(boolean convolution) {
            useQuantConv = convolution;
            return this;
        }

        /** Sets whether a 1 × 1 convolution precedes the decoder. */
        public Builder usePostQuantConv(boolean convolution) {
            usePostQuantConv = convolution;
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws IllegalArgumentException naming the setting, as diffusers calls it, that does not fit
         */
        public AutoencoderConfig build() {
            return new AutoencoderConfig(
                    inChannels,
                    outChannels,
                    latentChannels,
                    blockOutChannels,
                    layersPerBlock,
                    normNumGroups,
                    scalingFactor,
                    sampleSize,
                    midBlockAddAttention,
                    useQuantConv,
                    usePostQuantConv);
        }
    }
}
