package dev.mmgen.train.autoencoder;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.train.data.BatchShare;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.data.ShuffledBatches;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The images that an index names, all modalities of all samples in one row: those of the first sample, those of the second
 * and so on. Any thread may read them.
 */
public final class IndexedImages {

    private final JsonlIndex index;
    private final List<String> modalities;
    private final int side;

    /**
     * Images as they were read.
     *
     * @param places of the images, each from 0 to {@link #size} - 1
     * @param rgb    {@code [places, side, side, 3]}
     */
    record Levels(int[] places, byte[] rgb) {}

    private IndexedImages(JsonlIndex index, List<String> modalities, int side) {
        this.index = index;
        this.modalities = modalities;
        this.side = side;
    }

    /**
     * Reads an index. Its modalities are those that the first sample has images of.
     *
     * @param side height and width that every image must have
     * @throws DataException if the file cannot be read, is damaged, or names no images
     */
    public static IndexedImages open(Path file, int side) {
        JsonlIndex index = JsonlIndex.read(file);
        List<String> modalities =
                List.copyOf(index.entries().getFirst().images().keySet());
        if (modalities.isEmpty()) {
            throw new DataException(file + " names no images; its samples need fields such as 'path_rgb'");
        }
        Math.multiplyExact(index.size(), modalities.size());
        return new IndexedImages(index, modalities, side);
    }

    /** Returns the number of images of all modalities together. */
    public int size() {
        return index.size() * modalities.size();
    }

    /** Returns the index's names of the modalities. */
    public List<String> modalities() {
        return modalities;
    }

    /**
     * Reads some images.
     *
     * @throws DataException if one is missing, damaged or of another size; the message names the file
     */
    Levels read(int[] places) {
        int length = Math.multiplyExact(side * side, 3);
        byte[] levels = new byte[Math.multiplyExact(places.length, length)];
        for (int i = 0; i < places.length; i++) {
            System.arraycopy(image(places[i]).rgb(), 0, levels, i * length, length);
        }
        return new Levels(places, levels);
    }

    private RgbImage image(int place) {
        IndexEntry entry = index.entries().get(place / modalities.size());
        Path file = entry.image(modalities.get(place % modalities.size()));
        try {
            RgbImage image = RgbImage.read(file);
            if (image.width() != side || image.height() != side) {
                throw new DataException(file + " has " + image.width() + " × " + image.height()
                        + " pixels, but the plan's sampleSize is " + side);
            }
            return image;
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    /** Returns images that have been read as a batch. */
    ImageBatch batch(Levels levels) {
        int[] which = new int[levels.places.length];
        for (int i = 0; i < which.length; i++) {
            which[i] = levels.places[i] % modalities.size();
        }
        return ImageBatch.of(levels.rgb, side, which);
    }

    /** Returns batches of the images, shuffled anew in every epoch. */
    public ImageBatches batches(int batchSize, long seed) {
        return new Batches(this, batchSize, seed);
    }

    private static final class Batches implements ImageBatches {

        private final IndexedImages images;
        private final ShuffledBatches<Levels> order;

        /** Read by the threads that read images, which are idle or discarded when it changes. */
        private volatile BatchShare share = BatchShare.ALL;

        Batches(IndexedImages images, int batchSize, long seed) {
            this.images = images;
            this.order = new ShuffledBatches<>(images.size(), batchSize, seed, this::read);
        }

        private Levels read(int[] places) {
            int begin = share.begin(places.length);
            return images.read(Arrays.copyOfRange(places, begin, begin + share.length(places.length)));
        }

        @Override
        public boolean share(BatchShare wanted) {
            share = wanted;
            order.moveTo(order.position());
            return true;
        }

        @Override
        public List<String> modalities() {
            return images.modalities();
        }

        @Override
        public ImageBatch next() {
            return images.batch(order.next());
        }

        @Override
        public LoaderPosition position() {
            return order.position();
        }

        @Override
        public void moveTo(LoaderPosition position) {
            order.moveTo(position);
        }

        @Override
        public EpochSize epochSize() {
            return order.epochSize();
        }

        @Override
        public void close() {
            order.close();
        }
    }
}
