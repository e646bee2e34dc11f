package dev.mmgen.train.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A builder of the index of a data set from folders of images, one per modality.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="index-builder"}
 *
 * <p>The photos lie in folders named by class, and each other modality in a folder of its own with the same tree, as
 * {@code .png}: {@code rgb/cats/1.jpg}, {@code depth/cats/1.png} and so on. Classes are numbered in the order of their
 * names, unless all samples are of {@linkplain #oneClass one}. Source: {@code data/prepare_meta_data.py}.
 */
public final class IndexBuilder {

    private final Path photos;
    private final Map<String, Path> others = new LinkedHashMap<>();
    private @Nullable String onlyCategory;
    private int onlyLabel;

    private IndexBuilder(Path photos) {
        this.photos = ImageFolder.root(photos);
    }

    /**
     * Begins with the folder of photos.
     *
     * @throws DataException if there is no such folder
     */
    public static IndexBuilder photos(Path folder) {
        return new IndexBuilder(folder);
    }

    /**
     * Adds the folder of another modality.
     *
     * @param name the index's name for it: {@code depth}, {@code normal}, {@code mask} or one of your own
     * @throws DataException if there is no such folder
     */
    public IndexBuilder modality(String name, Path folder) {
        if (name.equals("rgb") || name.isBlank() || others.putIfAbsent(name, ImageFolder.root(folder)) != null) {
            throw new IllegalArgumentException("the modality name '" + name + "' is blank or taken");
        }
        return this;
    }

    /**
     * Gives all samples one class, whatever the names of their folders.
     *
     * @param category its name
     * @param label    its number, at least 0
     */
    public IndexBuilder oneClass(String category, int label) {
        onlyCategory = category;
        onlyLabel = label;
        return this;
    }

    /**
     * The index, and the photos that it leaves out.
     *
     * @param index      of the samples that have all modalities
     * @param incomplete photos that lack a modality, each with the files that do not exist
     */
    public record Result(JsonlIndex index, Map<Path, List<Path>> incomplete) {}

    /**
     * Lists the samples.
     *
     * @throws DataException if there are no photos, one lies outside a class's folder, two would get the same key, or
     *     none has all modalities
     */
    public Result build() {
        List<Path> images =
                ImageFolder.list(photos).stream().map(photos::relativize).toList();
        if (images.isEmpty()) {
            throw new DataException(photos, "holds no images");
        }
        Map<String, Integer> classes = classes(images);
        Map<String, Path> keys = new HashMap<>();
        List<IndexEntry> entries = new ArrayList<>();
        Map<Path, List<Path>> incomplete = new LinkedHashMap<>();
        for (Path image : images) {
            IndexEntry entry = entry(image, classes);
            Path twin = keys.putIfAbsent(entry.key(), image);
            if (twin != null) {
                throw new DataException(
                        photos,
                        "holds both " + twin + " and " + image + ", which differ in their suffix only;"
                                + " they would be one sample, '" + entry.key() + "'");
            }
            List<Path> missing = ImageFolder.missing(entry.images().values());
            if (missing.isEmpty()) {
                entries.add(entry);
            } else {
                incomplete.put(photos.resolve(image), missing);
            }
        }
        if (entries.isEmpty()) {
            throw new DataException(
                    "none of the " + images.size() + " photos in " + photos + " has an image in each of "
                            + others.values() + "; their names must be the same, with the suffix .png");
        }
        return new Result(JsonlIndex.of(entries), Collections.unmodifiableMap(incomplete));
    }

    private Map<String, Integer> classes(List<Path> images) {
        if (onlyCategory != null) {
            return Map.of(onlyCategory, onlyLabel);
        }
        TreeSet<Path> names = new TreeSet<>(ImageFolder::compare);
        for (Path image : images) {
            if (image.getNameCount() < 2) {
                throw new DataException(
                        photos,
                        "holds the image " + image + " outside the folder of a class; move it into one, or give"
                                + " all images one class (--class 0, or the number of classes for none)");
            }
            names.add(image.getName(0));
        }
        Map<String, Integer> classes = new HashMap<>();
        names.forEach(name -> classes.put(name.toString(), classes.size()));
        return classes;
    }

    private IndexEntry entry(Path image, Map<String, Integer> classes) {
        Path key = ImageFolder.withSuffix(image, ".png");
        Map<String, Path> paths = new LinkedHashMap<>();
        paths.put("rgb", photos.resolve(image));
        others.forEach((name, folder) -> paths.put(name, folder.resolve(key)));
        String category = onlyCategory == null ? image.getName(0).toString() : onlyCategory;
        return new IndexEntry(category, classes.getOrDefault(category, 0), ImageFolder.posix(key), paths);
    }
}
