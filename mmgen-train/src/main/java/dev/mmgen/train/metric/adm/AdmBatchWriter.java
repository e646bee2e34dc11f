package dev.mmgen.train.metric.adm;

import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpzWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A writer of a sample batch for ADM's evaluation (see {@link AdmBatch}), image by image, so that a batch may be larger than
 * memory. All images have the size of the first. The file appears when it is {@linkplain #finish finished}. Not thread-safe.
 */
public final class AdmBatchWriter implements AutoCloseable {

    private final NpzWriter npz;
    private final long count;
    private @Nullable RgbImage first;

    /**
     * Begins a batch. Missing folders are made.
     *
     * @param count how many images follow
     * @throws IllegalArgumentException if it is not positive
     * @throws NpyException if nothing can be written there
     */
    public AdmBatchWriter(Path file, long count, NpzWriter.Compression compression) {
        if (count < 1) {
            throw new IllegalArgumentException("a batch of " + count + " images; it must hold at least 1");
        }
        this.count = count;
        this.npz = NpzWriter.create(file, compression);
    }

    /**
     * Writes the next image.
     *
     * @throws IllegalArgumentException if its size is not that of the first
     * @throws IllegalStateException if the batch is complete
     * @throws NpyException if the file cannot be written
     */
    public void add(RgbImage image) {
        RgbImage expected = first;
        if (expected == null) {
            npz.begin(AdmBatch.IMAGES, count, image.height(), image.width(), 3);
            first = image;
        } else if (image.width() != expected.width() || image.height() != expected.height()) {
            throw new IllegalArgumentException(
                    image + " does not fit into a batch of " + expected.width() + "x" + expected.height() + " pixels");
        }
        npz.append(image.rgb());
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if images are missing
     * @throws NpyException if the file cannot be written
     */
    public void finish() {
        if (first == null) {
            throw new IllegalStateException("a batch of " + count + " images without any; add them first");
        }
        npz.finish();
    }

    /** Closes the file; one that is not finished is removed. Closing twice has no effect. */
    @Override
    public void close() {
        npz.close();
    }
}
