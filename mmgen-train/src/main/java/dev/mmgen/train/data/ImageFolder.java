package dev.mmgen.train.data;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The image files below a folder, in the order in which Python sorts paths: name by name, by code points. */
final class ImageFolder {

    private static final Set<String> SUFFIXES = Set.of(".jpg", ".jpeg", ".png", ".bmp", ".webp");

    private ImageFolder() {}

    /** Returns the folder with all links resolved. */
    static Path root(Path folder) {
        try {
            if (Files.isDirectory(folder)) {
                return folder.toRealPath();
            }
        } catch (IOException e) {
            throw new DataException(folder, "cannot be read: " + FileReason.reading(e), e);
        }
        throw new DataException(folder, "is not a folder");
    }

    static List<Path> list(Path root) {
        return list(root, ImageFolder::isImage);
    }

    /** Returns the files below a folder that are images or NumPy arrays. */
    static List<Path> listWithArrays(Path root) {
        return list(root, path -> isImage(path) || isArray(path));
    }

    private static List<Path> list(Path root, Predicate<Path> wanted) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(path -> wanted.test(path) && Files.isRegularFile(path))
                    .sorted(ImageFolder::compare)
                    .toList();
        } catch (UncheckedIOException e) {
            throw unlisted(root, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw unlisted(root, e);
        }
    }

    private static DataException unlisted(Path root, IOException e) {
        return new DataException(root, "cannot be listed: " + FileReason.reading(e), e);
    }

    /** Returns those that do not exist. */
    static List<Path> missing(Collection<Path> images) {
        return images.stream().filter(image -> !Files.isRegularFile(image)).toList();
    }

    /** Returns the folder of a file that is known to lie in one. */
    static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    static boolean isImage(Path path) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && SUFFIXES.contains(name.substring(dot).toLowerCase(Locale.ROOT));
    }

    private static boolean isArray(Path path) {
        return path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".npy");
    }

    static int compare(Path left, Path right) {
        Iterator<Path> a = left.iterator();
        Iterator<Path> b = right.iterator();
        while (a.hasNext() && b.hasNext()) {
            int order = Arrays.compareUnsigned(bytes(a.next()), bytes(b.next()));
            if (order != 0) {
                return order;
            }
        }
        return Boolean.compare(a.hasNext(), b.hasNext());
    }

    private static byte[] bytes(Path name) {
        return name.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a path with "/" between names on every system. */
    static String posix(Path relative) {
        return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    }

    /** Returns the path with another suffix in place of its own. */
    static Path withSuffix(Path path, String suffix) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return path.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + suffix);
    }
}
