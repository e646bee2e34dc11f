package dev.mmgen.model;

import java.util.List;

/**
 * A {@link TransformerConfig} in the making. Settings are checked against each other by {@link #build}, so that they can be set
 * in any order.
 */
public final class TransformerConfigBuilder {

    private int inputSize;
    private int patchSize;
    private int latentChannels;
    private int modalities;
    private int width;
    private int depth;
    private int heads;
    private double mlpRatio;
    private int classes;
    private boolean nullClass;
    private boolean jointHeads;
    private TimeEmbedding timeEmbedding;
    private boolean taskEmbedding;
    private boolean qkNorm;
    private List<Integer> projections;
    private int projectorWidth;
    private int projectionDepth;
    private int flowMapDepth;
    /** True if the depth of alignment was given; else a model of few blocks is aligned after its last. */
    private boolean ownProjectionDepth;

    TransformerConfigBuilder(TransformerConfig start) {
        inputSize = start.inputSize();
        patchSize = start.patchSize();
        latentChannels = start.latentChannels();
        modalities = start.modalities();
        width = start.width();
        depth = start.depth();
        heads = start.heads();
        mlpRatio = start.mlpRatio();
        classes = start.classes();
        nullClass = start.nullClass();
        jointHeads = start.jointHeads();
        timeEmbedding = start.timeEmbedding();
        taskEmbedding = start.taskEmbedding();
        qkNorm = start.qkNorm();
        projections = start.projections();
        projectorWidth = start.projectorWidth();
        projectionDepth = start.projectionDepth();
        flowMapDepth = start.flowMapDepth();
    }

    /** Sets the height and width of the latents that positions are made for: a multiple of the patch size. */
    public TransformerConfigBuilder inputSize(int newInputSize) {
        inputSize = newInputSize;
        return this;
    }

    /** Sets the height and width of a patch, in latent pixels: 1 to 64. */
    public TransformerConfigBuilder patchSize(int newPatchSize) {
        patchSize = newPatchSize;
        return this;
    }

    /** Sets the channels per modality: 1 to 1024. */
    public TransformerConfigBuilder latentChannels(int newLatentChannels) {
        latentChannels = newLatentChannels;
        return this;
    }

    /** Sets the number of modalities: 1 to 64. */
    public TransformerConfigBuilder modalities(int newModalities) {
        modalities = newModalities;
        return this;
    }

    /** Sets the length of a token: a multiple of 4 and of the heads. */
    public TransformerConfigBuilder width(int newWidth) {
        width = newWidth;
        return this;
    }

    /** Sets the number of blocks: 1 to 1024. */
    public TransformerConfigBuilder depth(int newDepth) {
        depth = newDepth;
        return this;
    }

    /** Sets the number of attention heads per block: a divisor of the width. */
    public TransformerConfigBuilder heads(int newHeads) {
        heads = newHeads;
        return this;
    }

    /** Sets the hidden width of a block's MLP over the width of a token: officially 4. */
    public TransformerConfigBuilder mlpRatio(double newMlpRatio) {
        mlpRatio = newMlpRatio;
        return this;
    }

    /** Sets the number of classes, without the null class: at least 1. */
    public TransformerConfigBuilder classes(int newClasses) {
        classes = newClasses;
        return this;
    }

    /** Sets whether there is a row for "no class" in the class table, which guidance needs. */
    public TransformerConfigBuilder nullClass(boolean newNullClass) {
        nullClass = newNullClass;
        return this;
    }

    /** Sets whether there is one joint input of all modalities with a final layer for each; false is a plain SiT of one modality. */
    public TransformerConfigBuilder jointHeads(boolean newJointHeads) {
        jointHeads = newJointHeads;
        return this;
    }

    /** Sets the form in which the model is told the times. */
    public TransformerConfigBuilder timeEmbedding(TimeEmbedding newTimeEmbedding) {
        timeEmbedding = newTimeEmbedding;
        return this;
    }

    /** Sets whether there is an embedding that tells the model which modality is the condition. */
    public TransformerConfigBuilder taskEmbedding(boolean newTaskEmbedding) {
        taskEmbedding = newTaskEmbedding;
        return this;
    }

    /** Sets whether there is a normalisation of queries and keys. */
    public TransformerConfigBuilder qkNorm(boolean newQkNorm) {
        qkNorm = newQkNorm;
        return this;
    }

    /** Sets the widths of the features that tokens are aligned with (REPA): none for a model that is not trained with alignment. */
    public TransformerConfigBuilder projections(List<Integer> newProjections) {
        projections = newProjections;
        return this;
    }

    /** Sets the hidden width of the alignment projectors: at least 1. */
    public TransformerConfigBuilder projectorWidth(int newProjectorWidth) {
        projectorWidth = newProjectorWidth;
        return this;
    }

    /** Sets the number of blocks after which tokens are aligned: 1 to the number of blocks. */
    public TransformerConfigBuilder projectionDepth(int newProjectionDepth) {
        projectionDepth = newProjectionDepth;
        ownProjectionDepth = true;
        return this;
    }

    /** Sets the number of blocks of a flow map that see the time of the latents: 1 to the number of blocks; 0 for no flow map. */
    public TransformerConfigBuilder flowMapDepth(int newFlowMapDepth) {
        flowMapDepth = newFlowMapDepth;
        return this;
    }

    /**
     * Returns the settings.
     *
     * @throws IllegalArgumentException naming the setting that does not fit the others
     */
    public TransformerConfig build() {
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
                projections,
                projectorWidth,
                ownProjectionDepth ? projectionDepth : Math.min(projectionDepth, Math.max(1, depth)),
                flowMapDepth);
    }
}
