package dev.mmgen.train.feature;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.LayerNorm;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * DINOv2 (Oquab et al., 2023), a vision transformer trained without labels, as the reference uses it: for the patch tokens of
 * its last layer. Its keys are those of the published files ({@code facebookresearch/dinov2}). One thread at a time uses it.
 */
public final class DinoV2 extends Module {

    private static final Init TABLE = Init.normal(0.02);

    private final DinoConfig config;
    private final Parameter classToken;
    private final Parameter positions;
    private final PatchProjection patches;
    private final ModuleList<DinoBlock> blocks;
    private final LayerNorm norm;

    /** Builds the model without values; {@link #load} or {@link #initialize} gives them. */
    public DinoV2(DinoConfig config) {
        long width = config.width();
        this.config = config;
        this.classToken = parameter("cls_token", Shape.of(1, 1, width), TABLE);
        this.positions = parameter(
                "pos_embed", Shape.of(1, 1 + (long) config.trainedGrid() * config.trainedGrid(), width), TABLE);
        parameter("mask_token", Shape.of(1, width), Init.ZEROS);
        this.patches = child("patch_embed", new PatchProjection(config.width(), config.patchSize()));
        this.blocks = child("blocks", ModuleList.of(config.depth(), _ -> new DinoBlock(config)));
        this.norm = child("norm", new LayerNorm(width, DinoBlock.NORM_EPS));
    }

    /**
     * Opens a published file, {@code .pth} or safetensors.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if the file cannot be read
     * @throws dev.mmgen.torch.nn.StateMismatchException if it holds a model of another configuration
     */
    public static DinoV2 open(Path weights, DinoConfig config) {
        try (StateDict state = read(weights)) {
            return open(state, config);
        }
    }

    /**
     * Opens a published file, {@code .pth} or safetensors, of any size, which the shapes of its weights give.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if the file cannot be read, or its weights are not DINOv2's
     */
    public static DinoV2 open(Path weights) {
        try (StateDict state = read(weights)) {
            return open(state, DinoConfig.of(state));
        } catch (IllegalArgumentException | StateMismatchException e) {
            throw new WeightFileException(weights, "does not hold a DINOv2 with heads of 64: " + e.getMessage(), e);
        }
    }

    private static DinoV2 open(StateDict state, DinoConfig config) {
        DinoV2 model = new DinoV2(config);
        try {
            model.load(state);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static StateDict read(Path weights) {
        if (weights.toString().endsWith(".pth")) {
            try (PickleCheckpoint file = PickleCheckpoint.open(weights)) {
                return file.stateDict();
            }
        }
        try (WeightFile file = WeightFile.open(weights)) {
            return file.load();
        }
    }

    /** Returns the model's sizes. */
    public DinoConfig config() {
        return config;
    }

    /**
     * Returns the patch tokens of images.
     *
     * @param images {@code [N, 3, H, W]}, normalised by ImageNet's statistics; sides are multiples of the patch size
     * @return {@code [N, H/p * W/p, width]}, patches row by row
     * @throws IllegalArgumentException if the images have another shape
     */
    public Tensor tokens(Tensor images) {
        return TensorScope.keeping(() -> {
            Tensor all = encode(images);
            return all.slice(1, 1, all.size(1));
        });
    }

    /** Returns the class token of images, {@code [N, width]}; see {@link #tokens} for the arguments. */
    public Tensor summary(Tensor images) {
        return TensorScope.keeping(() -> encode(images).select(1, 0));
    }

    private Tensor encode(Tensor images) {
        return TensorScope.keeping(() -> {
            Tensor tokens = embed(images);
            for (DinoBlock block : blocks.items()) {
                tokens = block.forward(tokens);
            }
            return norm.forward(tokens);
        });
    }

    /** The class token and the patches with their positions: {@code [N, 1 + T, width]}. */
    private Tensor embed(Tensor images) {
        int patch = config.patchSize();
        Shape shape = images.shape();
        if (shape.rank() != 4
                || shape.size(1) != 3
                || shape.size(2) < patch
                || shape.size(2) % patch != 0
                || shape.size(3) < patch
                || shape.size(3) % patch != 0) {
            throw new IllegalArgumentException("images of shape " + shape
                    + "; DINOv2 takes [N, 3, H, W] with sides that are multiples of " + patch);
        }
        return TensorScope.keeping(() -> {
            Tensor token = classToken.value().expand(shape.size(0), 1, config.width());
            Tensor tokens = Torch.cat(List.of(token, patches.forward(images)), 1);
            return tokens.add(PositionResampling.resample(
                    positions.value(), config.trainedGrid(), shape.size(2) / patch, shape.size(3) / patch));
        });
    }

    @Override
    protected String settings() {
        return config.depth() + " blocks of width " + config.width() + ", patch " + config.patchSize();
    }

    /** The map from square patches of an image to tokens. */
    private static final class PatchProjection extends Module implements Layer {

        private final Conv2d proj;

        PatchProjection(int width, int patchSize) {
            this.proj = child("proj", new Conv2d(3, width, patchSize, Conv2d.stride(patchSize)));
        }

        /** Maps {@code [N, 3, H, W]} to {@code [N, H/p * W/p, width]}, row by row. */
        @Override
        public Tensor forward(Tensor images) {
            return TensorScope.keeping(() -> {
                Tensor grid = proj.forward(images);
                return grid.reshape(grid.size(0), grid.size(1), -1).transpose(1, 2);
            });
        }
    }
}
