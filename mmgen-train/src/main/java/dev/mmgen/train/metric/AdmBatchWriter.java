package dev.mmgen.train.metric;

import dev.mmgen.image.RgbImage;
import java.nio.file.Path;

/**
 * Writes images as a sample batch for ADM's evaluation (see {@link AdmBatch}), one at a time, so a batch may be larger
 * than memory. The file appears when it is {@linkplain #finish finished}. Not thread-safe.
 */
public final class AdmBatchWriter implements AutoCloseable {

    private final NpzWriter npz;
    private final int height;
    private final int width;

    /**
     * Begins a batch. Missing folders are made.
     *
     * @param count how many images follow
     * @throws IllegalArgumentException if a number is not positive
     * @throws MetricFileException      if nothing can be written there
     */
    public AdmBatchWriter(Path file, long count, int height, int width, NpzCompression compression) {
        if (count < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "a batch of " + count + " images of " + width + "x" + height + " pixels");
        }
        this.height = height;
        this.width = width;
        npz = NpzWriter.create(file, compression);
        npz.begin(AdmBatch.IMAGES, count, height, width, 3);
    }

    /**
     * Writes the next image.
     *
     * @throws IllegalArgumentException if its size differs
     * @throws IllegalStateException    if the batch is complete
     * @throws MetricFileException      if the file cannot be written
     */
    public void add(RgbImage image) {
        if (image.width() != width || image.height() != height) {
            throw new IllegalArgumentException(image + " does not fit in a batch of " + width + "x" + height);
        }
        npz.append(image.rgb());
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if images are missing
     * @throws MetricFileException   if the file cannot be written
     */
    public void finish() {
        npz.finish();
    }

    @Override
    public void close() {
        npz.close();
    }
}
