package dev.mmgen.cli.image;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.PngText;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonLines;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.finetune.TrainingData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The list of what was read from which photo, {@code index.jsonl}: the form that training reads, with the photo as
 * {@code path_photo} and the settings in further fields. A line is added when all files of an image are written, so what it lists
 * is whole, and a run that was interrupted goes on from it. One thread at a time can use it.
 */
final class ReadingIndex {

    private static final String PHOTO = "photo";

    /** The end of the name of the file that a rank other than 0 writes while it works. */
    private static final String OF_RANK = ".rank-";

    private final Path file;

    /** The file that lines are added to: the index itself, or the own one of another rank than 0. */
    private final Path added;

    /** By key, the name of the results: the line and what it says. */
    private final Map<String, Line> lines = new LinkedHashMap<>();

    private record Line(String text, IndexEntry entry) {}

    private ReadingIndex(Path file, int rank) {
        this.file = file;
        this.added = rank == 0 ? file : file.resolveSibling(file.getFileName() + OF_RANK + rank);
    }

    /**
     * Opens an index, which need not exist. A last line without its end, which a killed run left, does not count; what other ranks
     * of it have left does.
     *
     * @param group the processes that read photos together; null for this one alone
     */
    static ReadingIndex open(Path file, @Nullable ProcessGroup group) {
        if (group == null || group.isFirst()) {
            absorb(file);
        }
        if (group != null) {
            group.barrier();
        }
        return read(file, group == null ? 0 : group.rank());
    }

    /**
     * Adds the lines of the files of other ranks to the index, and removes them. A last line without its end, which a killed run
     * left, is cut: the next one would be added behind it.
     */
    private static void absorb(Path file) {
        Path folder = file.toAbsolutePath().resolveSibling("");
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, file.getFileName() + OF_RANK + "*")) {
            List<Path> sorted = new ArrayList<>();
            parts.forEach(sorted::add);
            Collections.sort(sorted);
            byte[] own = Files.exists(file) ? wholeLines(file) : new byte[0];
            if (sorted.isEmpty() && (!Files.exists(file) || own.length == Files.size(file))) {
                return;
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(own);
            for (Path part : sorted) {
                all.writeBytes(wholeLines(part));
            }
            AtomicFile.write(file, all.toByteArray());
            for (Path part : sorted) {
                Files.delete(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    /** Bytes, since a kill may end a file within a letter. */
    private static byte[] wholeLines(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    /** Merges what all ranks have added into the index, in the order in which one process adds it. */
    static void merge(Path file, List<String> order) {
        absorb(file);
        ReadingIndex index = read(file, 0);
        Map<String, Line> found = new LinkedHashMap<>(index.lines);
        order.forEach(index.lines::remove);
        for (String key : order) {
            Line line = found.get(key);
            if (line != null) {
                index.lines.put(key, line);
            }
        }
        if (!index.lines.isEmpty()) {
            index.write();
        }
    }

    private static ReadingIndex read(Path file, int rank) {
        ReadingIndex index = new ReadingIndex(file, rank);
        if (Files.exists(file)) {
            try {
                index.parse(Files.readString(file, StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read: " + FileReason.reading(e), e);
            }
        }
        return index;
    }

    private void parse(String text) {
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        List<String> texts = whole.lines().filter(line -> !line.isBlank()).toList();
        if (texts.isEmpty()) {
            return;
        }
        byte[] bytes = String.join("\n", texts).getBytes(StandardCharsets.UTF_8);
        List<IndexEntry> entries = JsonlIndex.read(new ByteArrayInputStream(bytes), file.toString())
                .entries();
        for (int i = 0; i < entries.size(); i++) {
            lines.put(entries.get(i).key(), new Line(texts.get(i), entries.get(i)));
        }
    }

    /** Returns the keys by the photos that they are of. */
    Map<Path, List<String>> keysByPhoto() {
        Map<Path, List<String>> keys = new LinkedHashMap<>();
        lines.forEach((key, line) -> {
            Path photo = line.entry.images().get(PHOTO);
            if (photo != null) {
                keys.computeIfAbsent(photo, _ -> new ArrayList<>()).add(key);
            }
        });
        return keys;
    }

    /** Returns true if readings have begun in this folder: what is not listed there is half written, and made anew. */
    boolean exists() {
        return Files.exists(file);
    }

    /** Removes what a run that was killed has left half written beside images that are made now. */
    void sweep(Set<String> keys) {
        Set<Path> folders = new HashSet<>();
        keys.forEach(
                key -> folders.add(file.resolveSibling(key).toAbsolutePath().resolveSibling("")));
        try {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, AtomicFile::isUnfinished)) {
                        for (Path path : left) {
                            Files.deleteIfExists(path);
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be made anew: " + FileReason.writing(e), e);
        }
    }

    /** Makes an empty index before the first image is written, so that a run that is killed in it goes on, too. */
    void begin() {
        if (added.equals(file) && !exists()) {
            try {
                Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
                Files.createFile(file);
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be written: " + FileReason.writing(e), e);
            }
        }
    }

    /**
     * Returns true if an image is listed, its files are there and its photo has not changed since.
     *
     * @param trace how it would be drawn now
     * @throws IllegalArgumentException if it was drawn in another way
     */
    boolean isDone(String key, Path photo, Map<String, String> trace) {
        Line line = lines.get(key);
        if (line == null || !absolute(photo).equals(line.entry.images().get(PHOTO))) {
            return false;
        }
        Path sheet = file.resolveSibling(key + ".png");
        try {
            for (Path written : line.entry.images().values()) {
                if (!Files.isRegularFile(written)) {
                    return false;
                }
            }
            if (Files.getLastModifiedTime(photo).compareTo(Files.getLastModifiedTime(sheet)) > 0) {
                return false;
            }
            requireSame(sheet, PngText.read(sheet), trace);
            return true;
        } catch (IOException | ImageException e) {
            return false;
        }
    }

    /** Pictures without texts, as {@code --no-metadata} writes them, are not compared. */
    private static void requireSame(Path sheet, Map<String, String> then, Map<String, String> now) {
        now.forEach((keyword, value) -> {
            String before = then.get(keyword);
            if (!then.isEmpty() && !keyword.equals("Software") && !value.equals(before)) {
                throw new IllegalArgumentException(sheet + " was drawn with other settings: " + keyword + " was "
                        + before + " and is " + value + "; name another folder by --out, or replace it by --force");
            }
        });
    }

    /** Forgets images that are drawn anew. */
    void remove(Set<String> keys) {
        if (lines.keySet().removeAll(keys) && added.equals(file)) {
            write();
        }
    }

    private void write() {
        StringBuilder text = new StringBuilder();
        lines.values().forEach(line -> text.append(line.text).append('\n'));
        try {
            AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    /**
     * Adds an image.
     *
     * @param label the number of its class; the number of classes means none
     * @param files by modality
     */
    void add(String key, Path photo, int label, ResultLine result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cat", String.valueOf(absolute(photo).resolveSibling("").getFileName()));
        fields.put("idx_cat", label);
        fields.put("path_rel_rgb", key);
        result.image().pictures().keySet().forEach(modality -> {
            Path picture = result.files().get(modality.name());
            if (picture != null) {
                fields.put(
                        "path_" + TrainingData.indexName(modality.name()),
                        absolute(picture).toString());
            }
        });
        fields.put("path_" + PHOTO, absolute(photo).toString());
        fields.putAll(ResultLine.settings(result.image().trace()));
        byte[] line = (JsonLines.line(fields) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            Files.write(added, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(added + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
