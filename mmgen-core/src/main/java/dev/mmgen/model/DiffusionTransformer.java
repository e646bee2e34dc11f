package dev.mmgen.model;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Activation;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The diffusion transformer that predicts the velocity of noisy latents: SiT with several modalities (paper, section 3.2;
 * reference {@code SiT}).
 *
 * <p>Shapes: N samples of M modalities with C latent channels each, latents of h × w, patches of p × p, T = h/p · w/p tokens
 * of width D. Latents need not have the size of training: positions are recomputed for other grids.
 */
public final class DiffusionTransformer extends Module implements VelocityModel {

    private final TransformerConfig config;
    private final Parameter positions;
    private final PatchEmbedding patchEmbedder;
    private final TimeEmbedder timeEmbedder;
    private final LabelEmbedder classEmbedder;
    private final ModuleList<TransformerBlock> blocks;
    private final ModuleList<Sequential> projectors;
    private final @Nullable LabelEmbedder taskEmbedder;
    private final List<FinalLayer> finalLayers;

    /** The positions of the last grid that is not the trained one: a sampler asks for the same hundreds of times. */
    private volatile @Nullable PositionTable otherPositions;

    /** Builds the modules; values come from {@link #load} or {@link #initialize}. */
    public DiffusionTransformer(TransformerConfig config) {
        int width = config.width();
        int grid = config.inputSize() / config.patchSize();
        this.config = config;
        this.positions = constant("pos_embed", Shape.of(1, (long) grid * grid, width), (table, _) -> {
            try (TensorScope _ = TensorScope.open()) {
                table.copy_(PositionTable.of(grid, grid, width).tensor());
            }
        });
        this.patchEmbedder = child("x_embedder", new PatchEmbedding(config.inputChannels(), width, config.patchSize()));
        this.timeEmbedder = child("t_embedder", TimeEmbedder.of(config));
        this.classEmbedder =
                child("y_embedder", new LabelEmbedder(config.classes() + (config.nullClass() ? 1 : 0), width));
        this.blocks = child("blocks", ModuleList.of(config.depth(), _ -> new TransformerBlock(config)));
        this.projectors = child(
                "projectors",
                ModuleList.of(
                        config.projections().size(),
                        i -> projector(
                                width,
                                config.projectorWidth(),
                                config.projections().get(i))));
        this.taskEmbedder = config.taskEmbedding()
                ? child("taskcond_embedder", new LabelEmbedder(config.modalities() + 1, width))
                : null;
        this.finalLayers = config.jointHeads()
                ? child("lis_final_layer", ModuleList.of(config.modalities(), _ -> new FinalLayer(config)))
                        .items()
                : List.of(child("final_layer", new FinalLayer(config)));
    }

    private static Sequential projector(int width, int hidden, int output) {
        return new Sequential(
                new Linear(width, hidden),
                Activation.SILU,
                new Linear(hidden, hidden),
                Activation.SILU,
                new Linear(hidden, output));
    }

    /** Returns the settings this model was built with. */
    public TransformerConfig config() {
        return config;
    }

    /** Returns the element type of the weights, in which the model computes. */
    public DType dtype() {
        return positions.value().dtype();
    }

    /**
     * Has the tokens multiplied in eight bits within the blocks, see {@link Module#quantizeMatrices}. Embedders, modulations and final
     * layers stay as they are: they are a small part of the work, and their rounding reaches every token.
     */
    public void quantize() {
        blocks.items().forEach(TransformerBlock::quantize);
    }

    @Override
    public Inputs inputs() {
        return config.inputs();
    }

    /** Returns where the weights are. */
    @Override
    public Device device() {
        return positions.value().device();
    }

    @Override
    public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
        return TensorScope.keeping(() -> forward(latents, condition(times, labels, tasks)));
    }

    @Override
    public boolean isFlowMap() {
        return config.isFlowMap();
    }

    @Override
    public Tensor averageVelocity(Tensor latents, Tensor times, Tensor ends, Tensor labels, @Nullable Tensor tasks) {
        return TensorScope.keeping(() -> forward(latents, condition(times, ends, labels, tasks)));
    }

    /** Predicts the velocity under modulations that {@link #condition} computed before. */
    public Tensor forward(Tensor latents, Conditioning conditioning) {
        return TensorScope.keeping(() -> run(latents, conditioning, _ -> {}));
    }

    @Override
    public Prediction predict(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> projections = new ArrayList<>();
            Tensor velocity =
                    run(latents, condition(times, labels, tasks), tokens -> projections.addAll(project(tokens)));
            projections.forEach(scope::keep);
            return new Prediction(scope.keep(velocity), projections);
        }
    }

    /**
     * Returns the tokens after a number of blocks: features of noisy latents, for self-alignment and for probes.
     *
     * @param conditioning of the latents' times, classes and tasks, from {@link #condition}
     * @param depth        from 1 to the number of blocks
     * @return {@code [N, T, D]}
     */
    public Tensor tokens(Tensor latents, Conditioning conditioning, int depth) {
        if (depth < 1 || depth > config.depth()) {
            throw new IllegalArgumentException(
                    "tokens after block " + depth + " do not exist; this model's blocks are 1 to " + config.depth());
        }
        return TensorScope.keeping(() -> {
            Tensor tokens = embed(latents);
            conditioning.requireFit(config, latents.size(0));
            for (int i = 0; i < depth; i++) {
                tokens = blocks.items().get(i).forward(tokens, conditioning.block(i));
            }
            return tokens;
        });
    }

    /**
     * Computes the modulations of every layer by times, classes and tasks.
     *
     * @see #forward(Tensor, Tensor, Tensor, Tensor) for the shapes
     */
    public Conditioning condition(Tensor times, Tensor labels, @Nullable Tensor tasks) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor condition = embedCondition(times, labels, tasks);
            return modulations(condition, condition).keepFrom(scope);
        }
    }

    /**
     * Computes the modulations of a flow map's step: the first blocks are told the times at which it begins, the others and the
     * final layers those at which it ends.
     *
     * @param ends in the shape of {@code times}
     * @throws UnsupportedOperationException if the model is no flow map
     * @see #averageVelocity for the shapes
     */
    public Conditioning condition(Tensor times, Tensor ends, Tensor labels, @Nullable Tensor tasks) {
        requireFlowMap();
        if (!ends.shape().equals(times.shape()) || ends.dtype() != times.dtype()) {
            throw new IllegalArgumentException("ends of shape " + ends.shape() + " and type "
                    + ends.dtype().torchName() + "; they must be as the times, " + times.shape() + " and "
                    + times.dtype().torchName());
        }
        try (TensorScope scope = TensorScope.open()) {
            return modulations(embedCondition(times, labels, tasks), embedCondition(ends, labels, tasks))
                    .keepFrom(scope);
        }
    }

    void requireFlowMap() {
        if (!isFlowMap()) {
            throw new UnsupportedOperationException(
                    "the model predicts velocities alone; its setting 'flowMapDepth' is 0, so it is no flow map");
        }
    }

    private Conditioning modulations(Tensor begin, Tensor end) {
        List<AdaLn> perBlock = new ArrayList<>();
        for (int i = 0; i < blocks.items().size(); i++) {
            perBlock.add(blocks.items().get(i).modulate(seesEnd(i) ? end : begin));
        }
        return new Conditioning(perBlock, modulateFinalLayers(end), begin.size(0));
    }

    /** Returns true if a block is told the time at which a step ends. */
    boolean seesEnd(int block) {
        return isFlowMap() && block >= config.flowMapDepth();
    }

    private void requireLatents(Tensor latents) {
        int patch = config.patchSize();
        if (latents.rank() != 4
                || latents.size(1) != config.inputChannels()
                || latents.size(2) % patch != 0
                || latents.size(3) % patch != 0) {
            throw new IllegalArgumentException("latents of shape " + latents.shape() + "; they must be [N, "
                    + config.inputChannels() + ", h, w], with h and w multiples of the patch size " + patch);
        }
    }

    /** Checks that there are as many rows of each, or one for all samples. */
    private static void requireRows(Tensor times, Tensor labels, @Nullable Tensor tasks) {
        long most = Math.max(times.size(0), labels.size(0));
        requireRows("times", times, most);
        requireRows("labels", labels, most);
        if (tasks != null) {
            requireRows("tasks", tasks, most);
        }
    }

    private static void requireRows(String name, Tensor given, long samples) {
        if (given.size(0) != 1 && given.size(0) != samples) {
            throw new IllegalArgumentException(
                    name + " of shape " + given.shape() + " for " + samples + " samples; one row each, or one for all");
        }
    }

    /** Joins time, class and task: {@code [N, D]}, or {@code [N, T, D]} where times differ from token to token. */
    Tensor embedCondition(Tensor times, Tensor labels, @Nullable Tensor tasks) {
        requireRows(times, labels, tasks);
        return TensorScope.keeping(() -> {
            Tensor time = timeEmbedder.forward(times);
            Tensor classes = classEmbedder.forward(labels);
            Tensor condition = time.add(time.rank() == 3 ? classes.unsqueeze(1) : classes);
            return taskEmbedder == null
                    ? condition
                    : condition.add(taskEmbedder.forward(tasks == null ? jointTask(labels) : tasks));
        });
    }

    private List<AdaLn> modulateFinalLayers(Tensor condition) {
        List<AdaLn> modulations = new ArrayList<>();
        for (FinalLayer layer : finalLayers) {
            modulations.add(layer.modulate(condition));
        }
        return modulations;
    }

    private static Tensor jointTask(Tensor labels) {
        return Torch.full(0, DType.INT64, labels.device(), labels.shape());
    }

    private Tensor run(Tensor latents, Conditioning conditioning, Consumer<Tensor> atProjectionDepth) {
        Tensor tokens = embed(latents);
        conditioning.requireFit(config, latents.size(0));
        for (int i = 0; i < blocks.items().size(); i++) {
            tokens = blocks.items().get(i).forward(tokens, conditioning.block(i));
            if (i + 1 == config.projectionDepth()) {
                atProjectionDepth.accept(tokens);
            }
        }
        return answer(tokens, conditioning::finalLayer, latents);
    }

    /** Runs one block under an embedded condition. */
    Tensor forwardBlock(int index, Tensor tokens, Tensor condition) {
        TransformerBlock block = blocks.items().get(index);
        return TensorScope.keeping(() -> block.forward(tokens, block.modulate(condition)));
    }

    /** Runs the projectors. */
    List<Tensor> project(Tensor tokens) {
        List<Tensor> projections = new ArrayList<>();
        for (Sequential projector : projectors.items()) {
            projections.add(projector.forward(tokens));
        }
        return projections;
    }

    /** Runs the final layers under an embedded condition, for latents of this size. */
    Tensor answer(Tensor tokens, Tensor condition, Tensor latents) {
        return TensorScope.keeping(() -> answer(tokens, modulateFinalLayers(condition)::get, latents));
    }

    private Tensor answer(Tensor tokens, IntFunction<AdaLn> modulations, Tensor latents) {
        long rows = latents.size(2) / config.patchSize();
        long columns = latents.size(3) / config.patchSize();
        List<Tensor> velocities = new ArrayList<>();
        for (int i = 0; i < finalLayers.size(); i++) {
            velocities.add(unpatchify(finalLayers.get(i).forward(tokens, modulations.apply(i)), rows, columns));
        }
        return velocities.size() == 1 ? velocities.getFirst() : Torch.cat(velocities, 1);
    }

    Tensor embed(Tensor latents) {
        requireLatents(latents);
        long rows = latents.size(2) / config.patchSize();
        long columns = latents.size(3) / config.patchSize();
        return patchEmbedder.forward(latents.to(dtype())).add(positions(rows, columns));
    }

    private Tensor positions(long rows, long columns) {
        Tensor trained = positions.value();
        int grid = config.inputSize() / config.patchSize();
        if (rows == grid && columns == grid) {
            return trained;
        }
        PositionTable table = otherPositions;
        if (table == null || !table.isOf(rows, columns)) {
            table = PositionTable.stretched(Math.toIntExact(rows), Math.toIntExact(columns), grid, config.width());
            otherPositions = table;
        }
        return table.tensor().to(trained.device(), trained.dtype());
    }

    /** Puts patches {@code [N, T, p * p * C]} back in their places: {@code [N, C, h, w]}. */
    private Tensor unpatchify(Tensor patches, long rows, long columns) {
        long patch = config.patchSize();
        return patches.reshape(patches.size(0), rows, columns, patch, patch, config.latentChannels())
                .permute(0, 5, 1, 3, 2, 4)
                .reshape(patches.size(0), config.latentChannels(), rows * patch, columns * patch);
    }

    /**
     * Gives all parameters fresh values as the reference does: every map xavier uniform with bias 0, tables of classes and the
     * maps over the sinusoids normal with deviation 0.02, modulations and final layers zero.
     */
    @Override
    public void initialize(Generator generator) {
        super.initialize(generator);
        try (TensorScope _ = TensorScope.open()) {
            new TransformerInit(generator).apply(this);
        }
    }

    List<Linear> sinusoidMlp() {
        return timeEmbedder.sinusoidMlp();
    }

    PatchEmbedding patchEmbedder() {
        return patchEmbedder;
    }

    LabelEmbedder classEmbedder() {
        return classEmbedder;
    }

    /** The maps that start at zero: modulations and the last map of every final layer. */
    List<Linear> zeroMaps() {
        List<Linear> maps = new ArrayList<>();
        blocks.items().forEach(block -> maps.add(block.modulation()));
        finalLayers.forEach(layer -> {
            maps.add(layer.modulation());
            maps.add(layer.linear());
        });
        return maps;
    }

    @Override
    protected String settings() {
        return config.modalities() + " modalities, " + config.depth() + " blocks of width " + config.width()
                + ", patch " + config.patchSize();
    }
}
