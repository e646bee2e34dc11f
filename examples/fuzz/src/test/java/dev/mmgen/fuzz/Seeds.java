package dev.mmgen.fuzz;

import dev.mmgen.torch.TensorScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Sound files of each format: those that a writer of the library makes, and those that other programs made. */
final class Seeds {

    /** The repository, seen from this module, where tests run below {@code target}. */
    private static final Path ROOT = root();

    private Seeds() {}

    /** A writer of a file. */
    @FunctionalInterface
    interface Writer {
        void write(Path file) throws IOException;
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("native/include/mmtorch.h"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    /** Returns the bytes of a file that a writer makes. */
    static byte[] written(String name, Writer writer) {
        try (TensorScope _ = TensorScope.open()) {
            Path folder = Files.createTempDirectory("mmgen-seed");
            Path file = folder.resolve(name);
            writer.write(file);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(folder);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file of the repository. */
    static Path path(String path) {
        return ROOT.resolve(path);
    }

    /** Returns the files of a folder of the repository with one of these endings. */
    static List<byte[]> files(String folder, String... endings) {
        try (Stream<Path> files = Files.list(path(folder))) {
            List<byte[]> contents = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                if (Arrays.stream(endings).anyMatch(file.toString()::endsWith)) {
                    contents.add(Files.readAllBytes(file));
                }
            }
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns lists joined. */
    @SafeVarargs
    static List<byte[]> all(List<byte[]>... lists) {
        return Stream.of(lists).flatMap(List::stream).toList();
    }
}
