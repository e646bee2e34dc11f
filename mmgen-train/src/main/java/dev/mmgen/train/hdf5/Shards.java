package dev.mmgen.train.hdf5;

import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The names of the files that several processes write instead of one: {@code rgb-00000-of-00004.h5} to {@code
 * rgb-00003-of-00004.h5} for {@code rgb.h5}. {@link Hdf5Samples} reads them as one; {@link #merge} makes the one file that
 * the official loader reads.
 *
 * @param target the file that they stand for
 * @param count  number of shards, 1 to 99999; one shard is the file itself
 */
public record Shards(Path target, int count) {

    private static final Pattern NUMBER = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(\\.[^.]*|)");

    /**
     * @throws IllegalArgumentException if the count is out of range
     */
    public Shards {
        if (count < 1 || count > 99_999) {
            throw new IllegalArgumentException("a file in " + count + " shards; there can be 1 to 99999");
        }
    }

    /** Returns the file of one shard, counted from 0. */
    public Path file(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("shard " + index + " of " + count);
        }
        if (count == 1) {
            return target;
        }
        String name = target.getFileName().toString();
        int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        return target.resolveSibling(String.format(
                Locale.ROOT, "%s-%05d-of-%05d%s", name.substring(0, dot), index, count, name.substring(dot)));
    }

    /** Returns the files of all shards. */
    public List<Path> files() {
        return IntStream.range(0, count).mapToObj(this::file).toList();
    }

    /**
     * Writes the content of all shards into the target. A merge that was interrupted is resumed by the next.
     *
     * @throws DataException if a shard is missing or damaged, or the target cannot be written
     */
    public void merge() {
        try (SampleWriter writer = SampleWriter.open(target)) {
            for (Path file : files()) {
                try (Hdf5Samples shard = Hdf5Samples.open(file)) {
                    for (String key : shard.keys()) {
                        if (!writer.has(key)) {
                            writer.write(key, shard.read(key));
                        }
                    }
                }
            }
            writer.finish();
        }
    }

    /**
     * Writes samples of several files into one, in an order of the caller's. Keys that no file has are left out. A merge that was
     * interrupted is resumed by the next.
     *
     * @throws DataException if a file is missing or damaged, or the target cannot be written
     */
    public static void merge(List<Path> files, Path target, List<String> order) {
        List<Hdf5Samples> opened = new ArrayList<>();
        try (SampleWriter writer = SampleWriter.open(target)) {
            for (Path file : files) {
                opened.add(Hdf5Samples.open(file));
            }
            for (String key : order) {
                for (Hdf5Samples samples : opened) {
                    if (samples.contains(key) && !writer.has(key)) {
                        writer.write(key, samples.read(key));
                    }
                }
            }
            writer.finish();
        } finally {
            opened.forEach(Hdf5Samples::close);
        }
    }

    /** Returns the file itself if it is there, else the shards that stand for it. */
    static List<Path> filesOf(Path target) {
        if (Files.exists(target)) {
            return List.of(target);
        }
        int count = countBeside(target);
        if (count == 0) {
            throw new DataException(target, "does not exist, and neither do shards of it");
        }
        List<Path> files = new Shards(target, count).files();
        for (Path file : files) {
            if (!Files.exists(file)) {
                throw new DataException(target, "has " + count + " shards, but " + file.getFileName() + " is missing");
            }
        }
        return files;
    }

    private static int countBeside(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        int count = 0;
        if (folder == null || !Files.isDirectory(folder)) {
            return 0;
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path file : stream) {
                Matcher name = NUMBER.matcher(file.getFileName().toString());
                if (name.matches() && target.getFileName().toString().equals(name.group(1) + name.group(4))) {
                    int found = Integer.parseInt(name.group(3));
                    if (count != 0 && count != found) {
                        throw new DataException(
                                target,
                                "has two sets of shards, of " + count + " and of " + found + "; remove one set");
                    }
                    count = found;
                }
            }
        } catch (IOException e) {
            throw new DataException(folder, "cannot be listed: " + FileReason.reading(e), e);
        }
        return count;
    }
}
