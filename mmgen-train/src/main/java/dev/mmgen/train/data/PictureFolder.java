package dev.mmgen.train.data;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageSize;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The pictures of a data set as people have them. A folder holds a folder for each modality, {@code rgb/}, {@code depth/},
 * {@code canny/} and so on, and in these the pictures, flat or in a folder for each class; the pictures of a sample have the
 * same name everywhere, whatever their suffix. A file {@code index.jsonl} in it, or in its place, lists samples instead, and
 * folders beside it add modalities that it does not list. A sample may lack any modality but {@code rgb}.
 *
 * @param entries  the samples by key, with the files that each has; the category is that of the index, or the name of the
 *                 class's folder, and empty for flat folders
 * @param numbered true if the entries' labels are class numbers, as those of an index are; else they are 0
 */
public record PictureFolder(List<IndexEntry> entries, boolean numbered) {

    private static final String PHOTO = "rgb";
    private static final String INDEX = "index.jsonl";
    /** The names of a folder that the index calls otherwise. */
    private static final Map<String, String> ALIASES = Map.of("mask", "segmentation");

    /** Copies the list. */
    public PictureFolder {
        entries = List.copyOf(entries);
    }

    /**
     * Lists the samples of a folder or an index.
     *
     * @param data       a folder, or a JSONL file
     * @param modalities the index's names of those that are wanted: {@code mask} for segmentation
     * @throws DataException if there are no photos, or neither an index nor folders
     */
    public static PictureFolder open(Path data, List<String> modalities) {
        return open(data, modalities, Set.of());
    }

    /**
     * Lists the samples of a folder or an index, see {@link #open(Path, List)}.
     *
     * @param coded names of modalities whose files may be NumPy arrays too
     */
    public static PictureFolder open(Path data, List<String> modalities, Set<String> coded) {
        return open(data, modalities, coded, Set.of());
    }

    /**
     * Lists the samples of a folder or an index, see {@link #open(Path, List)}.
     *
     * @param coded   names of modalities whose files may be NumPy arrays too
     * @param encoded names of modalities that an index need not have pictures of, since their latents are elsewhere; those that it
     *                names but that are not there are left out
     */
    public static PictureFolder open(Path data, List<String> modalities, Set<String> coded, Set<String> encoded) {
        if (Files.isRegularFile(data)) {
            return listed(data, folders(parent(data), modalities, coded), parent(data), encoded);
        }
        Path root = ImageFolder.root(data);
        Map<String, Map<String, Path>> folders = folders(root, modalities, coded);
        return Files.isRegularFile(root.resolve(INDEX))
                ? listed(root.resolve(INDEX), folders, root, encoded)
                : found(root, folders);
    }

    private static Path parent(Path file) {
        return ImageFolder.parent(file.toAbsolutePath());
    }

    private static PictureFolder listed(
            Path index, Map<String, Map<String, Path>> folders, Path root, Set<String> encoded) {
        List<IndexEntry> entries = new ArrayList<>();
        for (IndexEntry entry : JsonlIndex.read(index).entries()) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : folders.keySet()) {
                Path named = entry.images().get(modality);
                Path found = folders.get(modality).get(name(Path.of(entry.key())));
                if (named != null) {
                    images.put(modality, resolve(named, root));
                } else if (found != null) {
                    images.put(modality, found);
                }
            }
            images.entrySet().removeIf(image -> encoded.contains(image.getKey()) && !Files.exists(image.getValue()));
            if (!encoded.contains(PHOTO)) {
                requirePhoto(entry.key(), images, index);
            }
            entries.add(new IndexEntry(entry.category(), entry.label(), entry.key(), images));
        }
        return new PictureFolder(entries, true);
    }

    /** Paths in an index are the program's; where that leads nowhere, they may be the index's. */
    private static Path resolve(Path named, Path root) {
        return Files.exists(named) || !Files.exists(root.resolve(named)) ? named : root.resolve(named);
    }

    private static void requirePhoto(String key, Map<String, Path> images, Path index) {
        if (!images.containsKey(PHOTO)) {
            throw new DataException(
                    index, "has no 'path_" + PHOTO + "' for sample '" + key + "'; every sample needs its" + " photo");
        }
    }

    private static PictureFolder found(Path root, Map<String, Map<String, Path>> folders) {
        if (!Files.isDirectory(root.resolve(PHOTO))) {
            throw new DataException(
                    root,
                    "has neither a folder " + PHOTO + "/ nor an " + INDEX + "; it has " + names(root)
                            + ". Put the photos into " + PHOTO + "/, and each modality into a folder of its name");
        }
        Map<String, Path> photos = folders.getOrDefault(PHOTO, Map.of());
        if (photos.isEmpty()) {
            throw new DataException(root.resolve(PHOTO), "holds no images");
        }
        List<IndexEntry> entries = new ArrayList<>();
        for (String name : photos.keySet()) {
            Map<String, Path> images = new LinkedHashMap<>();
            folders.forEach((modality, files) -> {
                if (files.containsKey(name)) {
                    images.put(modality, files.get(name));
                }
            });
            int slash = name.indexOf('/');
            entries.add(new IndexEntry(slash < 0 ? "" : name.substring(0, slash), 0, name + ".png", images));
        }
        requireMatches(root, folders, photos);
        return new PictureFolder(entries, false);
    }

    private static void requireMatches(Path root, Map<String, Map<String, Path>> folders, Map<String, Path> photos) {
        folders.forEach((modality, files) -> {
            if (!files.isEmpty() && files.keySet().stream().noneMatch(photos::containsKey)) {
                throw new DataException("none of the " + files.size() + " pictures in " + root.resolve(modality)
                        + " has the name of a photo in " + root.resolve(PHOTO) + "; the first is "
                        + files.values().iterator().next().getFileName() + ", the first photo "
                        + photos.values().iterator().next().getFileName());
            }
        });
    }

    /** Returns the files of each modality, by their names without suffix; none of one that has no folder. */
    private static Map<String, Map<String, Path>> folders(Path root, List<String> modalities, Set<String> coded) {
        Map<String, Map<String, Path>> folders = new LinkedHashMap<>();
        for (String modality : modalities) {
            Path folder = root.resolve(modality);
            if (!Files.isDirectory(folder)) {
                folder = root.resolve(ALIASES.getOrDefault(modality, modality));
            }
            boolean arrays = coded.contains(modality);
            folders.put(modality, Files.isDirectory(folder) ? files(ImageFolder.root(folder), arrays) : Map.of());
        }
        return folders;
    }

    private static Map<String, Path> files(Path folder, boolean arrays) {
        Map<String, Path> files = new LinkedHashMap<>();
        for (Path file : arrays ? ImageFolder.listWithArrays(folder) : ImageFolder.list(folder)) {
            Path twin = files.putIfAbsent(name(folder.relativize(file)), file);
            if (twin != null) {
                throw new DataException(
                        folder,
                        "holds both " + folder.relativize(twin) + " and " + folder.relativize(file)
                                + ", which differ in their suffix only; remove one");
            }
        }
        return files;
    }

    private static String name(Path relative) {
        return ImageFolder.posix(ImageFolder.withSuffix(relative, ""));
    }

    private static List<String> names(Path root) {
        try (Stream<Path> files = Files.list(root)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .sorted()
                    .limit(10)
                    .toList();
            return names.isEmpty() ? List.of("nothing") : names;
        } catch (IOException e) {
            throw new DataException(root, "cannot be listed: " + FileReason.reading(e), e);
        }
    }

    /** Returns how many samples have a picture of a modality. */
    public int count(String modality) {
        return (int) entries.stream()
                .filter(entry -> entry.images().containsKey(modality))
                .count();
    }

    /**
     * Checks that the pictures of every sample are there and have one size, by their headers.
     *
     * @throws DataException naming the first sample whose pictures do not
     */
    public void requireEqualSizes() {
        for (IndexEntry entry : entries) {
            Path first = null;
            ImageSize size = null;
            for (Path file : entry.images().values()) {
                ImageSize other = size(file);
                if (first != null && !other.equals(size)) {
                    throw new DataException("the pictures of sample '" + entry.key() + "' differ in size: " + first
                            + " is " + size + ", " + file + " is " + other + "; scale them to one size");
                }
                first = file;
                size = other;
            }
        }
    }

    private static ImageSize size(Path file) {
        try {
            return ImageSize.of(file);
        } catch (ImageException e) {
            throw new DataException(file, "is no picture that can be read: " + e.getMessage(), e);
        }
    }
}
