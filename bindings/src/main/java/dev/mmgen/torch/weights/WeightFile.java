package dev.mmgen.torch.weights;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Named tensors on disk in the safetensors format: one file, or several with an index.
 */
public sealed interface WeightFile extends AutoCloseable permits Safetensors, ShardedSafetensors {

    /**
     * Opens a {@code .safetensors} file, a {@code .safetensors.index.json} file, or a folder that holds either. In a
     * folder the names of the Hugging Face libraries come first ({@code model.safetensors},
     * {@code diffusion_pytorch_model.safetensors} and their indexes), else there must be a single candidate.
     *
     * @throws WeightFileException if there is no such file, it is damaged, or a folder leaves the choice open
     */
    static WeightFile open(Path path) {
        return open(path, FileAccess.MAP);
    }

    /**
     * Opens a file or folder, see {@link #open(Path)}.
     *
     * @throws WeightFileException if there is no such file, it is damaged, or a folder leaves the choice open
     */
    static WeightFile open(Path path, FileAccess access) {
        Path file = WeightFolder.resolve(path);
        return WeightFolder.isIndex(file) ? ShardedSafetensors.open(file, access) : Safetensors.open(file, access);
    }

    /** Returns the file, or the index of several, that this was opened from. */
    Path path();

    /** Returns the free text pairs stored beside the tensors. */
    Map<String, String> metadata();

    /**
     * Describes the tensors by name, without touching their data. What wrappers put before the names is left out:
     * {@code module.} of DistributedDataParallel where all names begin with it, and {@code _orig_mod.} of torch.compile.
     */
    Map<String, TensorInfo> infos();

    /** Describes the tensors whose element types are not read. Loading leaves them out; asking for one says why. */
    Map<String, ForeignTensor> foreign();

    /** Loads all tensors, see {@link #load(Predicate)}. */
    default StateDict load() {
        return load(_ -> true);
    }

    /**
     * Loads the tensors whose names are wanted. Mapped ones are views of the file: their data is read from disk when it
     * is first used. Writing to them leaves the file as it is, and they remain valid after this is closed.
     *
     * @throws WeightFileException if the file was changed or removed since it was opened
     */
    StateDict load(Predicate<String> wanted);

    /** Unmaps the files as soon as no tensor uses them any more. */
    @Override
    void close();
}
