package dev.mmgen.torch.weights;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The names that weight files have in the folders of the Hugging Face libraries. */
final class WeightFolder {

    static final String SUFFIX = ".safetensors";
    static final String INDEX_SUFFIX = ".safetensors.index.json";

    private static final List<String> USUAL_NAMES = List.of("model", "diffusion_pytorch_model");

    private WeightFolder() {}

    static boolean isIndex(Path file) {
        return file.toString().endsWith(".json");
    }

    /** Returns the file itself, or the one to open in a folder. */
    static Path resolve(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        for (String name : USUAL_NAMES) {
            for (String suffix : List.of(SUFFIX, INDEX_SUFFIX)) {
                Path file = path.resolve(name + suffix);
                if (Files.exists(file)) {
                    return file;
                }
            }
        }
        List<Path> found = list(path, "*" + INDEX_SUFFIX);
        if (found.isEmpty()) {
            found = list(path, "*" + SUFFIX);
        }
        if (found.size() != 1) {
            throw new WeightFileException(
                    path,
                    found.isEmpty()
                            ? "the folder holds no safetensors file"
                            : "the folder holds several weight files, name one of them: " + found);
        }
        return found.getFirst();
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
            stream.forEach(files::add);
        } catch (IOException e) {
            throw new WeightFileException(folder, "cannot be listed: " + FileReason.reading(e), e);
        }
        return files.stream().sorted().toList();
    }
}
