package dev.mmgen.cli.image;

import dev.mmgen.image.ImageFormat;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Photos that a command line names: by files, by folders with all below them, or by patterns such as {@code 'trip/**.jpg'}, for
 * shells that do not know them.
 *
 * @param out the folder of the results, which are no photos even where it lies below a named folder
 */
record PhotoFiles(Path out) {

    private static final Pattern NUMBER = Pattern.compile("0*([0-9]+)");

    /**
     * A photo.
     *
     * @param name of its results: the path from the folder that was named, without the extension
     */
    record Photo(Path file, Path name) {

        private static Photo below(Path root, Path file) {
            Path relative = root.relativize(file);
            return new Photo(file, relative.resolveSibling(DrawingOptions.stem(relative)));
        }
    }

    /**
     * Finds the photos in the order of the arguments, those of a folder by name, with numbers as numbers: frame-9 before frame-10.
     *
     * @throws IllegalArgumentException if an argument names none
     */
    List<Photo> find(List<String> arguments) {
        List<Photo> found = new ArrayList<>();
        for (String argument : arguments) {
            List<Photo> photos = find(argument);
            if (photos.isEmpty()) {
                throw new IllegalArgumentException("'" + argument
                        + "' names no photo: no file with the ending of a PNG, JPEG, WebP, BMP or GIF is there");
            }
            found.addAll(photos);
        }
        return found.stream().distinct().toList();
    }

    private List<Photo> find(String argument) {
        Path path = path(argument);
        if (path != null && Files.isDirectory(path)) {
            if (path.toAbsolutePath().normalize().equals(out.toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(
                        "results would lie among the photos of " + path + "; name another folder by --out");
            }
            return walk(path, _ -> true);
        }
        if (path != null && Files.exists(path)) {
            return List.of(new Photo(path, Path.of(DrawingOptions.stem(path))));
        }
        int special = argument.replaceAll("[*?\\[{].*", "").length();
        if (special == argument.length()) {
            throw new IllegalArgumentException(argument + " does not exist; name a photo, a folder or a pattern");
        }
        int slash = argument.lastIndexOf('/', special);
        Path root = Path.of(slash < 0 ? "." : argument.substring(0, slash + 1));
        PathMatcher matcher = root.getFileSystem().getPathMatcher("glob:" + argument.substring(slash + 1));
        return Files.isDirectory(root) ? walk(root, file -> matcher.matches(root.relativize(file))) : List.of();
    }

    private static @Nullable Path path(String argument) {
        try {
            return Path.of(argument);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Returns a path as a text that sorts by its numbers: each gets its length in front. */
    private static String inOrder(Path file) {
        return NUMBER.matcher(file.toString()).replaceAll(match -> {
            String digits = match.group(1);
            return String.format(Locale.ROOT, "%03d%s", digits.length(), digits);
        });
    }

    private List<Photo> walk(Path root, PathMatcher wanted) {
        Path results = out.toAbsolutePath().normalize();
        try {
            return below(root).stream()
                    .filter(file -> wanted.matches(file)
                            && Files.isRegularFile(file)
                            && ImageFormat.ofName(String.valueOf(file.getFileName()))
                                    .isPresent()
                            && !file.toAbsolutePath().normalize().startsWith(results))
                    .sorted(Comparator.comparing(PhotoFiles::inOrder).thenComparing(Comparator.naturalOrder()))
                    .map(file -> Photo.below(root, file))
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(root + " cannot be listed: " + FileReason.reading(e), e);
        }
    }

    /** Returns the files of a folder and of all below it, linked ones too; a link back to a folder that it lies in is passed over. */
    private static List<Path> below(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        Set<FileVisitOption> links = EnumSet.of(FileVisitOption.FOLLOW_LINKS);
        Files.walkFileTree(root, links, Integer.MAX_VALUE, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.add(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
                if (fault instanceof FileSystemLoopException) {
                    return FileVisitResult.CONTINUE;
                }
                throw fault;
            }
        });
        return files;
    }
}
