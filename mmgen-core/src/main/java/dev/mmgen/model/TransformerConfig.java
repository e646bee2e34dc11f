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

    /**
     * Checks that the numbers fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public TransformerConfig {
        projections = List.copyOf(projections);
        require(patchSize >= 1, "patchSize", patchSize, "at least 1");
        require(inputSize >= patchSize && inputSize % patchSize == 0, "inputSize", inputSize, "a multiple of patchSize");
        require(latentChannels >= 1, "latentChannels", latentChannels, "at least 1");
        require(modalities >= 1, "modalities", modalities, "at least 1");
        require(heads >= 1, "heads", heads, "at least 1");
        require(width >= 4 && width % 4 == 0 && width % heads == 0, "width", width, "a multiple of 4 and of heads");
        require(depth >= 1, "depth", depth, "at least 1");
        require(mlpRatio * width >= 1, "mlpRatio", mlpRatio, "large enough for one hidden unit");
        require(classes >= 1, "classes", classes, "at least 1");
        require(projectorWidth >= 1, "projectorWidth", projectorWidth, "at least 1");
        require(projectionDepth >= 1 && projectionDepth <= depth, "projectionDepth", projectionDepth, "from 1 to depth");
        for (int projection : projections) {
            require(projection >= 1, "projections", projection, "at least 1");
        }
        if (timeEmbedding == TimeEmbedding.PER_ELEMENT) {
            require(modalities == 1 || width % modalities == 0, "width", width, "a multiple of modalities");
            require(!taskEmbedding, "taskEmbedding", "true", "false with times per element");
        }
        if (timeEmbedding == TimeEmbedding.PER_MODALITY) {
            require(jointHeads, "jointHeads", "false", "true with times per modality");
        }
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("transformer setting '" + name + "' is " + value + "; it must be " + rule);
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
                32, patchSize, 4, 4, size.width(), size.depth(), size.heads(), 4.0, 1000, true, true,
                TimeEmbedding.PER_MODALITY, true, false, List.of(768), 2048, 8);
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
        return new TransformerConfig(
                inputSize, patchSize, latentChannels, modalities, width, depth, heads, mlpRatio, classes, nullClass,
                jointHeads, timeEmbedding, taskEmbedding, qkNorm, List.of(), projectorWidth, projectionDepth);
    }
}
