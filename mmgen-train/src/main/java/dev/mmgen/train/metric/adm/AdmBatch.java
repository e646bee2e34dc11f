package dev.mmgen.train.metric.adm;

import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyException;
import dev.mmgen.npy.NpyHeader;
import dev.mmgen.npy.NpyType;
import dev.mmgen.npy.NpzFile;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A sample batch as ADM's evaluation stores it: an {@code .npz} file whose {@code arr_0} is uint8
 * {@code [count, height, width, 3]} (github.com/openai/guided-diffusion, {@code evaluations}). Images are read one at a
 * time, so a batch may be larger than memory. Not thread-safe.
 */
public final class AdmBatch implements Iterator<RgbImage>, AutoCloseable {

    static final String IMAGES = "arr_0";

    private final NpzFile npz;
    private final InputStream in;
    private final long count;
    private final int height;
    private final int width;
    private long taken;

    private AdmBatch(NpzFile npz) throws IOException {
        this.npz = npz;
        in = npz.stream(IMAGES);
        NpyHeader header = NpyHeader.read(in);
        if (header.type() != NpyType.UINT8
                || header.fortranOrder()
                || header.shape().size() != 4
                || header.shape().get(3) != 3) {
            throw new IOException("images must be uint8 [count, height, width, 3], not " + header);
        }
        count = header.shape().get(0);
        long pixels = Math.max(header.shape().get(1), header.shape().get(2));
        if (pixels > RgbImage.MAX_PIXELS
                || header.shape().get(1) * header.shape().get(2) > RgbImage.MAX_PIXELS
                || Math.min(header.shape().get(1), header.shape().get(2)) < 1) {
            throw new IOException(
                    "images of " + header.shape().get(2) + "x" + header.shape().get(1) + " pixels");
        }
        height = header.shape().get(1).intValue();
        width = header.shape().get(2).intValue();
    }

    /**
     * Opens a batch at its first image.
     *
     * @throws NpyException if the file is missing, damaged or holds no such images
     */
    public static AdmBatch open(Path file) {
        NpzFile npz = NpzFile.open(file);
        try {
            return new AdmBatch(npz);
        } catch (IOException e) {
            npz.close();
            throw new NpyException(file, "array '" + IMAGES + "' cannot be read: " + FileReason.reading(e), e);
        } catch (NpyException e) {
            npz.close();
            throw e;
        }
    }

    /** Returns the number of images. */
    public long count() {
        return count;
    }

    /** Returns the rows of each image. */
    public int height() {
        return height;
    }

    /** Returns the columns of each image. */
    public int width() {
        return width;
    }

    @Override
    public boolean hasNext() {
        return taken < count;
    }

    /**
     * Returns the next image.
     *
     * @throws NpyException if the file is damaged
     */
    @Override
    public RgbImage next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the batch has " + count + " images");
        }
        int length = height * width * 3;
        try {
            byte[] rgb = in.readNBytes(length);
            if (rgb.length < length) {
                throw new IOException("the file ends within image " + taken + " of " + count);
            }
            taken++;
            return RgbImage.of(width, height, rgb);
        } catch (IOException e) {
            throw new NpyException(npz.file(), "array '" + IMAGES + "' cannot be read: " + FileReason.reading(e), e);
        }
    }

    @Override
    public void close() {
        npz.close();
    }
}
