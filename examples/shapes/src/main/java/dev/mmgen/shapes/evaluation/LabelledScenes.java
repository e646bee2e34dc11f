package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The scenes of an index that {@code mmgen shapes render} wrote. Thread-safe. */
public final class LabelledScenes {

    /** The index's names of the modalities. */
    private static final Map<Modality, String> NAMES = names();

    private final ShapesWorld edition;
    private final List<IndexEntry> entries;
    private final int side;

    private LabelledScenes(ShapesWorld edition, List<IndexEntry> entries, int side) {
        this.edition = edition;
        this.entries = entries;
        this.side = side;
    }

    /**
     * Scenes as 8-bit levels, {@code [N, side, side, 3]} each.
     *
     * @param side       height and width
     * @param labels     {@code [N, side, side]}
     * @param categories {@code [N]}
     */
    record Pixels(int side, byte[] rgb, byte[] depth, byte[] normals, byte[] labels, long[] categories) {

        private Pixels(int scenes, int side, int area) {
            this(
                    side,
                    new byte[3 * scenes * area],
                    new byte[3 * scenes * area],
                    new byte[3 * scenes * area],
                    new byte[scenes * area],
                    new long[scenes]);
        }
    }

    /**
     * The same as input and targets of the network.
     *
     * @param photos     {@code [N, 3, side, side]} in [-1, 1]
     * @param categories {@code [N]}, int64
     * @param depth      {@code [N, side, side]}, 0 to 1
     * @param normals    {@code [N, 3, side, side]}, of length 1 but for rounding
     * @param labels     {@code [N, side, side]}, int64
     */
    record Batch(Tensor photos, Tensor categories, Tensor depth, Tensor normals, Tensor labels) {}

    private static Map<Modality, String> names() {
        Map<Modality, String> names = new LinkedHashMap<>();
        names.put(Modality.RGB, "rgb");
        names.put(Modality.DEPTH, "depth");
        names.put(Modality.NORMAL, "normal");
        names.put(Modality.SEGMENTATION, "mask");
        return names;
    }

    /**
     * Reads an index; the first photo's size is that of all.
     *
     * @param edition of the world that the scenes are of
     * @throws DataException if the index or the first photo cannot be read, photos do not suit the judge, or a category is
     *     unknown
     */
    public static LabelledScenes open(Path index, ShapesWorld edition) {
        List<IndexEntry> entries = JsonlIndex.read(index).entries();
        int categories = edition.categories().size();
        for (IndexEntry entry : entries) {
            if (entry.label() >= categories) {
                throw new DataException(index + ": sample '" + entry.key() + "' has category " + entry.label()
                        + ", but scenes of the " + edition.label() + " edition have categories 0 to "
                        + (categories - 1));
            }
        }
        RgbImage first = read(entries.getFirst(), Modality.RGB);
        if (first.width() != first.height() || first.width() % ShapesJudge.UNIT != 0) {
            throw new DataException(index + " has photos of " + first.width() + " x " + first.height()
                    + " pixels; the judge is trained on squares whose sides are multiples of " + ShapesJudge.UNIT);
        }
        return new LabelledScenes(edition, entries, first.width());
    }

    /** Returns how many scenes there are, at least 1. */
    public int size() {
        return entries.size();
    }

    /** Returns the category of a scene. */
    public Category category(int place) {
        return edition.categories().get(entries.get(place).label());
    }

    /**
     * Reads the four pictures of a scene.
     *
     * @throws DataException if one is missing, damaged or of another size; the message names the file
     */
    public MultiModalImage image(int place) {
        IndexEntry entry = entries.get(place);
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        for (Modality modality : NAMES.keySet()) {
            RgbImage picture = read(entry, modality);
            if (picture.width() != side || picture.height() != side) {
                throw new DataException(file(entry, modality) + " has " + picture.width() + " x " + picture.height()
                        + " pixels, but the first photo has " + side + " x " + side);
            }
            pictures.put(modality, picture);
        }
        return new MultiModalImage(pictures);
    }

    private static RgbImage read(IndexEntry entry, Modality modality) {
        try {
            return RgbImage.read(file(entry, modality));
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    private static Path file(IndexEntry entry, Modality modality) {
        return entry.image(NAMES.getOrDefault(modality, modality.name()));
    }

    /** Reads some scenes to train on; see {@link #image} for the exceptions. */
    Pixels read(int[] places) {
        int area = side * side;
        Pixels pixels = new Pixels(places.length, side, area);
        for (int i = 0; i < places.length; i++) {
            MultiModalImage image = image(places[i]);
            System.arraycopy(image.rgb().rgb(), 0, pixels.rgb, 3 * i * area, 3 * area);
            System.arraycopy(image.depth().rgb(), 0, pixels.depth, 3 * i * area, 3 * area);
            System.arraycopy(image.normal().rgb(), 0, pixels.normals, 3 * i * area, 3 * area);
            int[] labels = edition.palette().labels(image.segmentation());
            for (int j = 0; j < area; j++) {
                pixels.labels[i * area + j] = (byte) labels[j];
            }
            pixels.categories[i] = category(places[i]).ordinal();
        }
        return pixels;
    }

    /** Makes tensors of the levels, which belong to the current scope. */
    static Batch batch(Pixels pixels) {
        int scenes = pixels.categories.length;
        int side = pixels.side;
        return new Batch(
                signed(pixels.rgb, scenes, side),
                Torch.tensor(pixels.categories),
                TensorScope.keeping(
                        () -> signed(pixels.depth, scenes, side).mean(1).add(1).mul(0.5)),
                signed(pixels.normals, scenes, side),
                TensorScope.keeping(
                        () -> Torch.tensor(pixels.labels, scenes, side, side).to(DType.INT64)));
    }

    private static Tensor signed(byte[] levels, int scenes, int side) {
        return TensorScope.keeping(() -> Torch.tensor(levels, scenes, side, side, 3)
                .permute(0, 3, 1, 2)
                .to(DType.FLOAT32)
                .div(127.5)
                .sub(1)
                .contiguous());
    }
}
