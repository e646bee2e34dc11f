package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** The numbers of one weight file, in either way of {@link FileAccess}. Tensors stay valid after it is closed. */
interface TensorSource extends AutoCloseable {

    /** @param size the length of the file when it was parsed */
    static TensorSource of(Path path, long size, FileAccess access) {
        return switch (access) {
            case MAP -> new TensorMapping(path, size);
            case READ -> new TensorReader(path, size);
        };
    }

    /**
     * Returns a tensor of the file.
     *
     * @param key its name, for messages
     * @param crc the CRC-32 of its storage, 0 where none is known
     */
    Tensor tensor(String key, TensorInfo info, int crc);

    /** Opens the file now rather than with the first tensor. */
    void open();

    @Override
    void close();

    /** Loads the wanted tensors, which no scope frees. If one of them fails, those loaded before it are closed. */
    static StateDict load(
            Map<String, TensorInfo> infos, Predicate<String> wanted, BiFunction<String, TensorInfo, Tensor> source) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            infos.forEach((key, info) -> {
                if (wanted.test(key)) {
                    tensors.put(key, source.apply(key, info).unscoped());
                }
            });
            return StateDict.of(tensors);
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensor::close);
            throw e;
        }
    }
}
