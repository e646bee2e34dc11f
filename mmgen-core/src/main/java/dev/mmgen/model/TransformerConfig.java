package dev.mmgen.model;

import java.util.List;

/**
 * The shape of a {@link DiffusionTransformer}.
 *
 * @param inputSize       height and width of the latents that positions are made for, at training
 * @param patchSize       height and width of a patch, in latent pixels
 * @param latentChannels  channels per modality
 * @param modalities      how many modalities there are
 * @param width           length of a token; divides by 4 (positions) and by {@code heads}
 * @param depth           number of blocks
 * @param heads           attention heads per block
 * @param mlpRatio        hidden width of a block's MLP over {@code width}
 * @param classes         number of classes, without the null class
 * @param nullClass       whether row {@code classes} of the table stands for "no class", which guidance needs
 * @param jointHeads      whether all modalities are one input with a final layer each; false is a plain, single-modality SiT
 * @param timeEmbedding   how times are given
 * @param taskEmbedding   whether the model is told which modality is the condition
 * @param qkNorm          whether queries and keys are normalised
 * @param projections     widths of the features that training aligns tokens with (REPA), none for a model that is not to train
 * @param projectorWidth  hidden width of the projectors
 * @param projectionDepth the number of blocks after which tokens are aligned
 */
public record TransformerConfig(
        int inputSize,
        int patchSize,
        int latentChannels,
        int modalities,
        int width,
        int depth,
        int heads,
        double mlpRatio,
        int classes,
        boolean nullClass,
        boolean jointHeads,
        TimeEmbedding timeEmbedding,
        boolean taskEmbedding,
        boolean qkNorm,
        List<Integer> projections,
        int projectorWidth,
        int projectionDepth) {

    /** The largest width or height, of latents or of a layer, that a setting may name. */
    private static final int MAX_SIZE = 1 << 16;

    private static final int MAX_CHANNELS = 1 << 10;
    private static final int MAX_PATCH = 1 << 6;
    private static final int MAX_MODALITIES = 1 << 6;
    private static final int MAX_DEPTH = 1 << 10;
    private static final int MAX_CLASSES = 1 << 24;

    /**
     * Checks that the numbers fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public TransformerConfig {
        projections = List.copyOf(projections);
        requireSize("patchSize", patchSize, MAX_PATCH);
        requireSize("inputSize", inputSize, MAX_SIZE);
        require(inputSize % patchSize == 0, "inputSize", inputSize, "a multiple of patchSize");
        requireSize("latentChannels", latentChannels, MAX_CHANNELS);
        requireSize("modalities", modalities, MAX_MODALITIES);
        requireSize("width", width, MAX_SIZE);
        requireSize("heads", heads, width);
        require(width % 4 == 0 && width % heads == 0, "width", width, "a multiple of 4 and of heads");
        requireSize("depth", depth, MAX_DEPTH);
        require(mlpRatio * width >= 1, "mlpRatio", mlpRatio, "large enough for one hidden unit");
        require(mlpRatio * width <= MAX_SIZE, "mlpRatio", mlpRatio, "at most " + MAX_SIZE + " / width");
        requireSize("classes", classes, MAX_CLASSES);
        requireSize("projectorWidth", projectorWidth, MAX_SIZE);
        requireSize("projectionDepth", projectionDepth, depth);
        require(projections.size() <= MAX_MODALITIES, "projections", projections, "at most " + MAX_MODALITIES);
        for (int projection : projections) {
            requireSize("projections", projection, MAX_SIZE);
        }
        if (timeEmbedding == TimeEmbedding.PER_ELEMENT) {
            require(modalities == 1 || width % modalities == 0, "width", width, "a multiple of modalities");
            require(!taskEmbedding, "taskEmbedding", "true", "false with times per element");
        }
        if (timeEmbedding == TimeEmbedding.PER_MODALITY) {
            require(jointHeads, "jointHeads", "false", "true with times per modality");
        }
    }

    private static void requireSize(String name, int value, int max) {
        require(value >= 1 && value <= max, name, value, value < 1 ? "at least 1" : "at most " + max);
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "transformer setting '" + name + "' is " + value + "; it must be " + rule);
        }
    }

    /**
     * Returns the settings of the released models for one of the official sizes: four modalities, times per modality, task
     * embedding, 1000 classes, DINOv2 alignment after block 8.
     *
     * @param patchSize officially 2, 4 or 8
     */
    public static TransformerConfig official(TransformerSize size, int patchSize) {
        return new TransformerConfig(
                32,
                patchSize,
                4,
                4,
                size.width(),
                size.depth(),
                size.heads(),
                4.0,
                1000,
                true,
                true,
                TimeEmbedding.PER_MODALITY,
                true,
                false,
                List.of(768),
                2048,
                8);
    }

    /** Returns the channels of the latents: those of all modalities. */
    public int inputChannels() {
        return jointHeads ? latentChannels * modalities : latentChannels;
    }

    /** Returns the label that stands for "no class". */
    public int nullLabel() {
        return classes;
    }

    /** Returns the same settings without alignment projectors, for a model that only samples. */
    public TransformerConfig withoutProjectors() {
        return withProjectors(List.of(), projectorWidth, projectionDepth);
    }

    /** Returns the same settings with other alignment projectors. */
    public TransformerConfig withProjectors(List<Integer> widths, int hidden, int afterBlocks) {
        return new TransformerConfig(
                inputSize,
                patchSize,
                latentChannels,
                modalities,
                width,
                depth,
                heads,
                mlpRatio,
                classes,
                nullClass,
                jointHeads,
                timeEmbedding,
                taskEmbedding,
                qkNorm,
                widths,
                hidden,
                afterBlocks);
    }
}
