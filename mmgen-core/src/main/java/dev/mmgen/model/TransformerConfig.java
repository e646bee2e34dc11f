package dev.mmgen.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of a {@link DiffusionTransformer}: made by {@link #sit}, {@link #small} or {@link #builder}, and stored as JSON in
 * model folders.
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
 * @param flowMapDepth    for a flow map, the number of blocks that see the time of the latents: those after it, and the final
 *                        layers, see the time at which a step ends (Decoupled MeanFlow, 2025); 0 for a model of velocities alone
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
        int projectionDepth,
        int flowMapDepth) {

    private static final Pattern SIT = Pattern.compile("(?:SiT-)?(S|B|L|XL)/([248])");

    /** The official sizes. */
    private enum Size {
        S(12, 384, 6),
        B(12, 768, 12),
        L(24, 1024, 16),
        XL(28, 1152, 16);

        private final int depth;
        private final int width;
        private final int heads;

        Size(int depth, int width, int heads) {
            this.depth = depth;
            this.width = width;
            this.heads = heads;
        }
    }

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
        Objects.requireNonNull(timeEmbedding, "timeEmbedding");
        projections = List.copyOf(Objects.requireNonNull(projections, "projections"));
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
        require(
                flowMapDepth >= 0 && flowMapDepth <= depth,
                "flowMapDepth",
                flowMapDepth,
                "from 0 to the depth, " + depth);
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
     * Returns the released models' settings in one of the official sizes: four modalities, times per modality, task embedding,
     * 1000 classes, DINOv2 alignment after block 8.
     *
     * @param name size and patch, as in {@code S/2} or {@code SiT-S/2}: 12 blocks of width 384 (S), 12 of 768 (B), 24 of 1024
     *     (L) or 28 of 1152 (XL, the released checkpoints); patches of 2, 4 or 8
     * @throws IllegalArgumentException for any other name
     */
    public static TransformerConfig sit(String name) {
        Matcher parts = SIT.matcher(name);
        if (!parts.matches()) {
            throw new IllegalArgumentException("there is no model size '" + name
                    + "'; use SiT-<size>/<patch> of the sizes S, B, L, XL and the patches 2, 4, 8");
        }
        Size size = Size.valueOf(parts.group(1));
        return new TransformerConfig(
                32,
                Integer.parseInt(parts.group(2)),
                4,
                4,
                size.width,
                size.depth,
                size.heads,
                4.0,
                1000,
                true,
                true,
                TimeEmbedding.PER_MODALITY,
                true,
                false,
                List.of(768),
                2048,
                8,
                0);
    }

    /**
     * Returns the settings of a model that a laptop trains in minutes: 4 blocks of width 64, patches of 2, otherwise like the
     * released models, without alignment.
     *
     * @param inputSize  height and width of the latents
     * @param modalities how many modalities there are
     * @param classes    how many classes there are
     */
    public static TransformerConfig small(int inputSize, int modalities, int classes) {
        return builder()
                .inputSize(inputSize)
                .modalities(modalities)
                .width(64)
                .depth(4)
                .heads(4)
                .classes(classes)
                .projections(List.of())
                .projectorWidth(64)
                .projectionDepth(2)
                .build();
    }

    /** Starts from the settings of the released model, {@code SiT-XL/2}. */
    public static TransformerConfigBuilder builder() {
        return sit("XL/2").toBuilder();
    }

    /** Starts from these settings. */
    public TransformerConfigBuilder toBuilder() {
        return new TransformerConfigBuilder(this);
    }

    /**
     * Returns the official name of the size, such as {@code SiT-XL/2}; empty for a shape that has none. Other settings than
     * depth, width, heads and patch do not matter to it.
     */
    public Optional<String> sitName() {
        return Arrays.stream(Size.values())
                .filter(size -> size.width == width && size.depth == depth && size.heads == heads)
                .map(size -> "SiT-" + size + "/" + patchSize)
                .filter(name -> SIT.matcher(name).matches())
                .findFirst();
    }

    /** Returns what the model is asked with. */
    public VelocityModel.Inputs inputs() {
        return new VelocityModel.Inputs(
                inputChannels() / latentChannels,
                latentChannels,
                inputSize,
                patchSize,
                classes,
                nullClass,
                timeEmbedding,
                taskEmbedding);
    }

    /** Returns the channels of the latents: those of all modalities. */
    public int inputChannels() {
        return jointHeads ? latentChannels * modalities : latentChannels;
    }

    /** Returns the label that stands for "no class". */
    public int nullLabel() {
        return classes;
    }

    /** Returns true if the model also answers for steps from one time to another. */
    @JsonIgnore
    public boolean isFlowMap() {
        return flowMapDepth > 0;
    }

    /** Returns the same settings without alignment projectors, for a model that only samples. */
    public TransformerConfig withoutProjectors() {
        return withProjectors(List.of(), projectorWidth, projectionDepth);
    }

    /** Returns the same settings with alignment projectors of other widths, hidden widths and place. */
    public TransformerConfig withProjectors(List<Integer> widths, int hidden, int afterBlocks) {
        return toBuilder()
                .projections(widths)
                .projectorWidth(hidden)
                .projectionDepth(afterBlocks)
                .build();
    }
}
