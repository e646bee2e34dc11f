package dev.mmgen.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An index of images of one modality, as conditions of a model ({@code data/prepare_infer_meta.py}).
 */
public final class ConditionIndex {

    private ConditionIndex() {}

    /**
     * Lists one image, or all images below a folder.
     *
     * @param source   an image file or a folder
     * @param modality the index's name for it: {@code rgb}, {@code depth}, {@code normal}, {@code mask} or one of your
     *     own
     * @param label    class number of all; the number of classes means "none", 1000 for the released models
     * @throws DataException if there is no image
     */
    public static JsonlIndex of(Path source, String modality, int label) {
        List<Path> files;
        Path root;
        if (Files.isRegularFile(source)) {
            if (!ImageFolder.isImage(source)) {
                throw new DataException(
                        source, "does not have the suffix of an image: .jpg, .jpeg, .png, .bmp or .webp");
            }
            root = ImageFolder.root(ImageFolder.parent(source.toAbsolutePath()));
            files = List.of(root.resolve(source.getFileName()));
        } else {
            root = ImageFolder.root(source);
            files = ImageFolder.list(root);
        }
        if (files.isEmpty()) {
            throw new DataException(source, "holds no images");
        }
        List<IndexEntry> entries = new ArrayList<>();
        for (Path file : files) {
            entries.add(new IndexEntry(
                    ImageFolder.parent(file).getFileName().toString(),
                    label,
                    ImageFolder.posix(root.relativize(file)),
                    Map.of(modality, file)));
        }
        return JsonlIndex.of(entries);
    }
}
