package dev.mmgen.train.finetune;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.StoredArray;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A label with holes, as real depth and masks are: the pixels that are known, and the picture with each hole filled from the
 * nearest of them, for an autoencoder that knows no holes. Holes are where a PNG is transparent, or where a second picture, in
 * the folder {@code depth_valid/} beside {@code depth/}, is black.
 *
 * @param filled the picture without holes
 * @param known  true for pixels that are not filled in, row by row
 */
record LabelHoles(RgbImage filled, boolean[] known) {

    /** The end of the name under which an index or a folder holds the pictures of what is known of a modality. */
    static final String SUFFIX = "_valid";

    /**
     * Checks that every folder of what is known belongs to a modality: one that is mistyped would leave its holes in the loss.
     *
     * @param names those that are read
     * @throws DataException naming a folder that is not read
     */
    static void requireUsed(Path folder, List<String> names) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> masks = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path mask : masks) {
                String name = String.valueOf(mask.getFileName());
                if (Files.isDirectory(mask) && !names.contains(name)) {
                    throw new DataException(
                            mask,
                            "would tell what is known of '" + name.substring(0, name.length() - SUFFIX.length())
                                    + "', which is no modality here; those that are read are "
                                    + names.stream()
                                            .filter(known -> known.endsWith(SUFFIX))
                                            .toList());
                }
            }
        } catch (IOException e) {
            throw new DataException(folder, "cannot be listed: " + FileReason.reading(e), e);
        }
    }

    /**
     * Returns a sample's holes in a modality, if it has any.
     *
     * @throws DataException if a file cannot be read, the sizes differ, or nothing is known
     */
    static Optional<LabelHoles> of(IndexEntry entry, String modality) {
        Path file = entry.image(modality);
        Path mask = entry.images().get(modality + SUFFIX);
        try {
            Optional<MaskImage> given = mask == null ? opaque(file) : Optional.of(MaskImage.read(mask));
            if (given.isEmpty()) {
                return Optional.empty();
            }
            boolean[] known = pixels(given.get());
            if (!contains(known, false)) {
                return Optional.empty();
            }
            if (!contains(known, true)) {
                throw new DataException(file, "has no pixel that is known; leave this picture out");
            }
            RgbImage picture = RgbImage.read(file, ImageReading.REFERENCE);
            return Optional.of(new LabelHoles(fill(picture, known), known));
        } catch (ImageException e) {
            throw new DataException("sample '" + entry.key() + "': " + e.getMessage(), e);
        }
    }

    /** Other formats than PNG are not looked at: a photo's would be decoded for nothing. */
    private static Optional<MaskImage> opaque(Path file) {
        boolean png = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
        return png ? MaskImage.opaque(file) : Optional.empty();
    }

    private static boolean contains(boolean[] values, boolean wanted) {
        for (boolean value : values) {
            if (value == wanted) {
                return true;
            }
        }
        return false;
    }

    private static boolean[] pixels(MaskImage mask) {
        boolean[] selected = new boolean[mask.width() * mask.height()];
        for (int i = 0; i < selected.length; i++) {
            selected[i] = mask.isSelected(i % mask.width(), i / mask.width());
        }
        return selected;
    }

    /** Spreads known pixels into the holes, nearest first. */
    private static RgbImage fill(RgbImage picture, boolean[] known) {
        int width = picture.width();
        int height = picture.height();
        if (known.length != width * height) {
            throw new DataException("a picture of " + width + "x" + height + " pixels has a mask of " + known.length
                    + " pixels of what is known; both must have one size");
        }
        byte[] rgb = picture.rgb().clone();
        boolean[] done = known.clone();
        ArrayDeque<Integer> border = new ArrayDeque<>();
        for (int i = 0; i < done.length; i++) {
            if (done[i]) {
                border.add(i);
            }
        }
        while (!border.isEmpty()) {
            int pixel = border.remove();
            int x = pixel % width;
            int[] neighbours = {x > 0 ? pixel - 1 : -1, x < width - 1 ? pixel + 1 : -1, pixel - width, pixel + width};
            for (int other : neighbours) {
                if (other >= 0 && other < done.length && !done[other]) {
                    System.arraycopy(rgb, 3 * pixel, rgb, 3 * other, 3);
                    done[other] = true;
                    border.add(other);
                }
            }
        }
        return RgbImage.of(width, height, rgb);
    }

    /** Returns how much of each latent is known after a centre crop to so many pixels: {@code [size / factor, size / factor]}. */
    StoredArray validity(int size, int factor) {
        byte[] levels = new byte[3 * known.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) (known[i / 3] ? 255 : 0);
        }
        RgbImage cropped = new CenterCrop(size).apply(RgbImage.of(filled.width(), filled.height(), levels));
        int side = size / factor;
        float[] shares = new float[side * side];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                shares[y / factor * side + x / factor] += (cropped.pixel(x, y) & 0xff) / 255f;
            }
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= factor * factor;
        }
        return StoredArray.of(shares, side, side);
    }
}
