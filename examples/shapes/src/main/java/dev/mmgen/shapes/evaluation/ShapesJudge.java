package dev.mmgen.shapes.evaluation;

import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The judge of drawn photos, a small network that reads the category, features to compare sets of photos by, and depth, normals
 * and labels of every pixel. It is trained on true scenes only, so it is independent of the models that it judges.
 *
 * <p>A U-Net (Ronneberger et al., arXiv 1505.04597) whose skip connections are sums: convolutions halve the picture four times;
 * category and features come from the smallest maps, the pixels from the way back up.
 */
public final class ShapesJudge extends Module {

    /** The number of features of a photo. */
    public static final int FEATURES = 128;

    /** Height and width of photos are multiples of this. */
    public static final int UNIT = 16;

    private static final String CATEGORY = "category";

    private static final int WIDTH1 = 32;
    private static final int WIDTH2 = 48;
    private static final int WIDTH3 = 96;
    private static final int WIDTH4 = 128;
    private static final int BATCH = 64;

    private final Conv2d stem =
            child("stem", new Conv2d(3, WIDTH1, 4, Conv2d.stride(2).withPadding(1)));
    private final Conv2d down2 =
            child("down2", new Conv2d(WIDTH1, WIDTH2, 3, Conv2d.stride(2).withPadding(1)));
    private final ResidualBlock block2 = child("block2", new ResidualBlock(WIDTH2));
    private final Conv2d down3 =
            child("down3", new Conv2d(WIDTH2, WIDTH3, 3, Conv2d.stride(2).withPadding(1)));
    private final ResidualBlock block3 = child("block3", new ResidualBlock(WIDTH3));
    private final Conv2d down4 =
            child("down4", new Conv2d(WIDTH3, WIDTH4, 3, Conv2d.stride(2).withPadding(1)));
    private final GroupNorm norm4 = child("norm4", new GroupNorm(8, WIDTH4, 1e-5));
    private final Linear features = child("features", new Linear(2 * WIDTH4, FEATURES));
    private final Linear category;
    private final Conv2d lift4 = child("lift4", new Conv2d(WIDTH4, WIDTH3, 1));
    private final Conv2d lift3 = child("lift3", new Conv2d(WIDTH3, WIDTH2, 1));
    private final Conv2d up2 = child("up2", new Conv2d(WIDTH2, WIDTH2, 3, Conv2d.padding(1)));
    private final Conv2d lift2 = child("lift2", new Conv2d(WIDTH2, WIDTH1, 1));
    private final Conv2d up1 = child("up1", new Conv2d(WIDTH1, WIDTH1, 3, Conv2d.padding(1)));
    /** Four neighbours at once, which {@link #unfold} lays out. */
    private final Conv2d maps;

    private final ShapesWorld edition;
    /** Depth, three coordinates of the normal, labels. */
    private final int channels;

    /**
     * The output of the network for N photos. Tensors belong to the scope of the forward pass.
     *
     * @param features   {@code [N, 128]}
     * @param categories logits, {@code [N, categories]}
     * @param depth      inverse depth, 0 (farthest) to 1 (nearest) in each photo, {@code [N, H, W]}
     * @param normals    vectors of any length, {@code [N, 3, H, W]}
     * @param labels     logits, {@code [N, labels, H, W]}
     */
    public record Output(Tensor features, Tensor categories, Tensor depth, Tensor normals, Tensor labels) {}

    /** Makes a network whose parameters have no values yet: see {@link #random} and {@link #open}. */
    public ShapesJudge(ShapesWorld edition) {
        this.edition = edition;
        this.channels = 1 + 3 + edition.labels();
        this.category =
                child(CATEGORY, new Linear(FEATURES, edition.categories().size()));
        this.maps = child("maps", new Conv2d(WIDTH1, 4L * channels, 1));
    }

    /** Returns the edition of the world that it judges. */
    public ShapesWorld edition() {
        return edition;
    }

    /** Returns a network with random values, to be trained. */
    public static ShapesJudge random(ShapesWorld edition, long seed) {
        ShapesJudge judge = new ShapesJudge(edition);
        try (Generator generator = Generator.seeded(seed)) {
            judge.initialize(generator);
        }
        return judge;
    }

    /**
     * Opens a judge that was trained. The number of categories says of which edition of the world it is.
     *
     * @throws WeightFileException if the file is missing or damaged, or holds another network
     */
    public static ShapesJudge open(Path file) {
        try (Safetensors weights = Safetensors.open(file);
                StateDict state = weights.load()) {
            ShapesJudge judge = new ShapesJudge(edition(state));
            try {
                judge.load(state);
                judge.to(Device.CPU, DType.FLOAT32);
                return judge;
            } catch (StateMismatchException e) {
                judge.close();
                throw new WeightFileException(file, "does not hold a judge of shapes: " + e.getMessage(), e);
            } catch (RuntimeException e) {
                judge.close();
                throw e;
            }
        }
    }

    private static ShapesWorld edition(StateDict state) {
        Tensor biases = state.asMap().get(CATEGORY + ".bias");
        return biases != null
                        && biases.shape()
                                .equals(Shape.of(ShapesWorld.SECOND.categories().size()))
                ? ShapesWorld.SECOND
                : ShapesWorld.FIRST;
    }

    /** Writes the weights as safetensors; an older file is replaced. */
    public void write(Path file) {
        try (StateDict state = state()) {
            Safetensors.write(file, state, Map.of("format", "pt"));
        }
    }

    /**
     * Runs the network.
     *
     * @param photos {@code [N, 3, H, W]} in [-1, 1]; height and width are multiples of {@link #UNIT}
     */
    public Output forward(Tensor photos) {
        Tensor first = stem.forward(photos).silu();
        Tensor second = block2.forward(down2.forward(first));
        Tensor third = block3.forward(down3.forward(second.silu()));
        Tensor fourth = norm4.forward(down4.forward(third.silu())).silu();
        Tensor seen = features.forward(Torch.cat(List.of(fourth.mean(2, 3), fourth.amax(2, 3)), 1))
                .silu();
        Tensor back = third.add(doubled(lift4.forward(fourth)));
        back = up2.forward(second.add(doubled(lift3.forward(back.silu()))).silu());
        back = up1.forward(first.add(doubled(lift2.forward(back.silu()))).silu());
        Tensor pixels = unfold(maps.forward(back.silu()));
        return new Output(
                seen, category.forward(seen), pixels.select(1, 0), pixels.slice(1, 1, 4), pixels.slice(1, 4, channels));
    }

    private static Tensor doubled(Tensor maps) {
        return Functional.upsampleNearest(maps, 2 * maps.size(2), 2 * maps.size(3));
    }

    /** Makes {@code [N, C, 2 h, 2 w]} of {@code [N, 4 C, h, w]} (Shi et al., arXiv 1609.05158). */
    private Tensor unfold(Tensor folded) {
        long samples = folded.size(0);
        long height = folded.size(2);
        long width = folded.size(3);
        return folded.reshape(samples, channels, 2, 2, height, width)
                .permute(0, 1, 4, 2, 5, 3)
                .reshape(samples, channels, 2 * height, 2 * width);
    }

    /**
     * Judges photos of one size, 64 at once.
     *
     * @throws IllegalArgumentException if they differ in size, or height or width is no multiple of {@link #UNIT}
     */
    public List<Judgement> judge(List<RgbImage> photos) {
        List<Judgement> judgements = new ArrayList<>(photos.size());
        for (int start = 0; start < photos.size(); start += BATCH) {
            try (TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                List<RgbImage> batch = photos.subList(start, Math.min(start + BATCH, photos.size()));
                judgements.addAll(Judgement.of(edition, forward(pixels(batch))));
            }
        }
        return judgements;
    }

    private static Tensor pixels(List<RgbImage> photos) {
        RgbImage first = photos.getFirst();
        List<Tensor> images = new ArrayList<>(photos.size());
        for (RgbImage photo : photos) {
            if (photo.width() != first.width() || photo.height() != first.height()) {
                throw new IllegalArgumentException("photos of one batch differ in size: " + first + " and " + photo);
            }
            images.add(Torch.tensor(Normalization.SIGNED.apply(photo), 3, photo.height(), photo.width()));
        }
        if (first.width() % UNIT != 0 || first.height() % UNIT != 0) {
            throw new IllegalArgumentException("the judge needs photos whose sides are multiples of " + UNIT + ", not "
                    + first.width() + " x " + first.height());
        }
        return Torch.stack(images, 0);
    }
}
