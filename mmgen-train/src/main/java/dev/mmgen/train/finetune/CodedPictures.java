package dev.mmgen.train.finetune;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.modality.ModalityCoding.CodedPicture;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pictures of modalities that come as numbers or labels: they are made once, as an autoencoder takes them, and kept in the
 * run's folder, with a picture of what is known beside each that has holes.
 *
 * @param codings of such modalities, by their names in the index
 * @param folder  of the pictures; is made if needed
 */
record CodedPictures(Map<String, ModalityCoding> codings, Path folder) {

    /**
     * Returns samples whose files are pictures.
     *
     * @throws DataException if a file is none of numbers or labels
     */
    List<IndexEntry> of(List<IndexEntry> entries) {
        List<IndexEntry> painted = new ArrayList<>();
        for (IndexEntry entry : entries) {
            Map<String, Path> images = new LinkedHashMap<>(entry.images());
            codings.forEach((name, coding) -> {
                Path file = entry.images().get(name);
                if (file != null) {
                    paint(entry.key(), file, name, coding, images);
                }
            });
            painted.add(new IndexEntry(entry.category(), entry.label(), entry.key(), images));
        }
        return painted;
    }

    private void paint(String key, Path file, String name, ModalityCoding coding, Map<String, Path> images) {
        Path picture = folder.resolve(name).resolve(key);
        Path mask = folder.resolve(name + LabelHoles.SUFFIX).resolve(key);
        // The picture comes last, so that one that is there is whole, with its mask.
        if (!Files.exists(picture)) {
            CodedPicture read = read(key, file, coding);
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
