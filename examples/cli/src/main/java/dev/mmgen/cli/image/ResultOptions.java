package dev.mmgen.cli.image;

import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.cli.console.Verbosity;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.JsonLines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the results: their folder and formats, what happens to files that are there already, and what is printed. */
@Command(optionListHeading = "%nResults:%n")
final class ResultOptions {

    /** The endings of what drawing commands write. */
    private static final Set<String> WRITTEN = Set.of("png", "npy", "ply", "glb", "gif");

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            defaultValue = "out",
            description = "The folder of the results. Default: out.")
    private Path out = Path.of("out");

    @Option(
            names = {"-f", "--force"},
            description = "Replace files that exist already. Default: refuse before anything is drawn.")
    private boolean force;

    @Option(
            names = "--raw",
            paramLabel = "FORMAT",
            split = ",",
            description =
                    "Write the numbers too, before they become 8 bits: npy (NumPy arrays), png16 (16-bit PNGs), tiff (TIFFs of"
                            + " 32-bit floats).")
    private Set<RawFormat> raw = EnumSet.noneOf(RawFormat.class);

    @Option(
            names = "--no-metadata",
            description =
                    "Leave out of the PNGs how they were drawn: model, seed, sampler, steps, conditions, version.")
    private boolean withoutMetadata;

    @Option(
            names = "--json",
            description = "Print one JSON object per image, with its files, seed and settings, in place of names.")
    private boolean json;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    Path out() {
        return out;
    }

    boolean replaces() {
        return force;
    }

    Verbosity verbosity() {
        return verbosity;
    }

    /**
     * Checks that no file of these results exists, or that it may be replaced.
     *
     * @param names without endings, relative to the folder of the results
     * @throws IllegalArgumentException if there is one
     */
    void requireFree(Collection<String> names) {
        if (force) {
            return;
        }
        Set<String> wanted = new HashSet<>(names);
        Set<Path> folders = new HashSet<>();
        names.forEach(name -> folders.add(out.resolve(name).toAbsolutePath().getParent()));
        for (Path folder : folders) {
            for (Path file : files(folder)) {
                String relative = out.toAbsolutePath().relativize(file).toString();
                if (isWritten(relative) && beginnings(relative).anyMatch(wanted::contains)) {
                    throw new IllegalArgumentException(out.resolve(relative)
                            + " exists already; name another folder by --out, or replace it by --force");
                }
            }
        }
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be listed: " + FileReason.reading(e), e);
        }
    }

    private static boolean isWritten(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return WRITTEN.contains(ending.toLowerCase(Locale.ROOT));
    }

    /** Returns what stands before each of a name's dots. */
    private static Stream<String> beginnings(String name) {
        return Stream.iterate(name.lastIndexOf('.'), dot -> dot > 0, dot -> name.lastIndexOf('.', dot - 1))
                .map(dot -> name.substring(0, dot));
    }

    /** Writes an image's pictures, and prints it. */
    void write(MultiModalImage image, String name) {
        print(image, save(image, name));
    }

    /**
     * Writes an image's pictures and returns their files: {@code sheet}, all side by side, one for each modality, and its numbers by what
     * follows the image's name, such as {@code depth.npy}.
     */
    Map<String, Path> save(MultiModalImage image, String name) {
        MultiModalImage written = withoutMetadata ? image.withTrace(Map.of()) : image;
        Path folder = out.resolve(name).resolveSibling("");
        String last = String.valueOf(Path.of(name).getFileName());
        written.write(folder, last);
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("sheet", out.resolve(name + ".png"));
        for (Modality modality : image.pictures().keySet()) {
            files.put(modality.name(), out.resolve(name + "." + modality.name() + ".png"));
        }
        for (Modality modality : image.uncertain()) {
            String what = modality.name() + ".uncertainty";
            files.put(what, out.resolve(name + "." + what + ".png"));
        }
        for (RawFormat format : raw) {
            written.writeRaw(folder, last, format)
                    .forEach(file -> files.put(file.substring(last.length() + 1), folder.resolve(file)));
        }
        return files;
    }

    /** Prints the names of an image's files except for those of single modalities, or the image as a JSON object. */
    void print(MultiModalImage image, Map<String, Path> files) {
        print(image, files, null);
    }

    /**
     * Prints an image, see {@link #print(MultiModalImage, Map)}.
     *
     * @param photo that it was read from, which the JSON object names; null for none
     */
    void print(MultiModalImage image, Map<String, Path> files, @Nullable Path photo) {
        if (json) {
            Map<String, Object> fields = new ResultLine(image, files).fields();
            if (photo != null) {
                fields.put("photo", photo.toString());
            }
            System.out.println(JsonLines.line(fields));
            return;
        }
        Map<String, Path> others = new LinkedHashMap<>(files);
        Set<String> modalities =
                image.pictures().keySet().stream().map(Modality::name).collect(Collectors.toSet());
        others.keySet().removeIf(what -> modalities.contains(what.split("\\.", 2)[0]));
        others.values().forEach(verbosity::say);
    }

    /** Prints a further line; nothing beside JSON objects. */
    void print(Object line) {
        if (!json) {
            verbosity.say(line);
        }
    }
}
