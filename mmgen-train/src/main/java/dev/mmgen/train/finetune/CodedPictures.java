package dev.mmgen.train.finetune;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.modality.ModalityCoding.CodedPicture;
import dev.mmgen.modality.ScalarCoding;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * The pictures of modalities that come as numbers or labels: they are made once, as an autoencoder takes them, and kept in the
 * run's folder, with a picture of what is known beside each that has holes.
 *
 * @param codings of such modalities, by their names in the index
 * @param folder  of the pictures; is made if needed
 */
record CodedPictures(Map<String, ModalityCoding> codings, Path folder) {

    /** The share of numbers, over all files, that may be cut off: far things are, beyond a range's end. */
    private static final double MOST_OUTSIDE = 0.9;

    /**
     * Returns samples whose files are pictures.
     *
     * @throws DataException if a file is none of numbers or labels, or nearly all numbers are outside of their modality's range
     */
    List<IndexEntry> of(List<IndexEntry> entries) {
        List<IndexEntry> painted = new ArrayList<>();
        Map<String, DoubleSummaryStatistics> outside = new LinkedHashMap<>();
        for (IndexEntry entry : entries) {
            Map<String, Path> images = new LinkedHashMap<>(entry.images());
            codings.keySet().forEach(name -> {
                Path file = entry.images().get(name);
                if (file != null) {
                    paint(entry.key(), file, name, images)
                            .ifPresent(share -> outside.computeIfAbsent(name, _ -> new DoubleSummaryStatistics())
                                    .accept(share));
                }
            });
            painted.add(new IndexEntry(entry.category(), entry.label(), entry.key(), images));
        }
        outside.forEach(this::requireRange);
        return painted;
    }

    /** Numbers in another unit than the range would all be black or white, and nothing could be learnt from them. */
    private void requireRange(String name, DoubleSummaryStatistics outside) {
        if (outside.getAverage() <= MOST_OUTSIDE) {
            return;
        }
        forget(name);
        throw new DataException(String.format(
                Locale.ROOT,
                "%.0f %% of the numbers of '%s' lie outside of its range, %s; give the range in the unit of the files",
                100 * outside.getAverage(),
                name,
                codings.get(name) instanceof ScalarCoding scalar ? scalar.black() + " to " + scalar.white() : ""));
    }

    /** Deletes what was made of a modality, so that it is made anew with another range. */
    private void forget(String name) {
        try {
            AtomicFolder.delete(folder.resolve(name));
            AtomicFolder.delete(folder.resolve(name + LabelHoles.SUFFIX));
        } catch (IOException e) {
            throw new DataException(folder + " cannot be cleared: " + FileReason.writing(e), e);
        }
    }

    /** Returns how much of the file lies outside of its range, if it was read now. */
    private OptionalDouble paint(String key, Path file, String name, Map<String, Path> images) {
        OptionalDouble outside = OptionalDouble.empty();
        Path picture = folder.resolve(name).resolve(key);
        Path mask = folder.resolve(name + LabelHoles.SUFFIX).resolve(key);
        // The picture comes last, so that one that is there is whole, with its mask.
        if (!Files.exists(picture)) {
            CodedPicture read = read(key, file, Objects.requireNonNull(codings.get(name)));
            outside = OptionalDouble.of(read.outside());
            if (hasHoles(read.known())) {
                mask(read).write(mask);
            }
            read.picture().write(picture);
        }
        images.put(name, picture);
        // A mask of the data's own says more than the file does.
        if (Files.exists(mask)) {
            images.putIfAbsent(name + LabelHoles.SUFFIX, mask);
        }
        return outside;
    }

    private static CodedPicture read(String key, Path file, ModalityCoding coding) {
        try {
            return coding.read(file);
        } catch (ImageException e) {
            throw new DataException("sample '" + key + "': " + e.getMessage(), e);
        }
    }

    private static boolean hasHoles(boolean[] known) {
        for (boolean pixel : known) {
            if (!pixel) {
                return true;
            }
        }
        return false;
    }

    private static RgbImage mask(CodedPicture read) {
        byte[] rgb = new byte[3 * read.known().length];
        for (int i = 0; i < read.known().length; i++) {
            Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) (read.known()[i] ? 255 : 0));
        }
        return RgbImage.of(read.picture().width(), read.picture().height(), rgb);
    }
}
