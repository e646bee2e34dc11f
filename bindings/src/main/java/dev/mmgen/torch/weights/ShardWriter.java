package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The writer of tensors over files of limited size, in their order: {@code NAME-00001-of-00003.safetensors} and so on, and
 * their index, which comes last, when all it names exist. {@link ShardedSafetensors} reads them.
 */
public final class ShardWriter {

    private final Path folder;
    private final String name;
    private final Map<String, String> metadata;
    private final long maxShardBytes;

    /**
     * Describes the files.
     *
     * @param folder        an existing folder
     * @param name          usually {@code model}, or {@code diffusion_pytorch_model} in diffusers folders
     * @param metadata      texts for every file, such as {@code format}; may be empty
     * @param maxShardBytes the most bytes of tensor data in one file; a larger tensor gets a file of its own
     * @throws IllegalArgumentException if that is less than 1
     */
    public ShardWriter(Path folder, String name, Map<String, String> metadata, long maxShardBytes) {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("a shard of at most " + maxShardBytes + " bytes; give at least 1");
        }
        this.folder = folder;
        this.name = name;
        this.metadata = Map.copyOf(metadata);
        this.maxShardBytes = maxShardBytes;
    }

    /**
     * Writes tensors. If one file suffices it is {@code NAME.safetensors} and there is no index. Files of an earlier save
     * that would hide these are removed.
     *
     * @return the file to open
     * @throws WeightFileException if a file cannot be written
     */
    public Path write(Map<String, Tensor> tensors) {
        List<Map<String, Tensor>> shards = split(tensors);
        Path single = folder.resolve(name + WeightFolder.SUFFIX);
        Path index = folder.resolve(name + WeightFolder.INDEX_SUFFIX);
        if (shards.size() == 1) {
            Safetensors.write(single, shards.getFirst(), metadata);
            remove(index);
            return single;
        }
        Map<String, String> shardOfKey = new LinkedHashMap<>();
        long total = 0;
        for (int i = 0; i < shards.size(); i++) {
            String file =
                    String.format(Locale.ROOT, "%s-%05d-of-%05d%s", name, i + 1, shards.size(), WeightFolder.SUFFIX);
            Safetensors.write(folder.resolve(file), shards.get(i), metadata);
            for (Map.Entry<String, Tensor> entry : shards.get(i).entrySet()) {
                shardOfKey.put(entry.getKey(), file);
                total += TensorBytes.count(entry.getValue());
            }
        }
        ByteBuffer json = ByteBuffer.wrap(new ShardIndex(index, Map.of(), shardOfKey).toJson(total));
        WeightFileException.writing(index, channel -> AtomicFile.writeFully(channel, json));
        remove(single);
        return index;
    }

    private List<Map<String, Tensor>> split(Map<String, Tensor> tensors) {
        List<Map<String, Tensor>> shards = new ArrayList<>();
        Map<String, Tensor> shard = new LinkedHashMap<>();
        long used = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            long bytes = TensorBytes.count(entry.getValue());
            if (!shard.isEmpty() && bytes > maxShardBytes - used) {
                shards.add(shard);
                shard = new LinkedHashMap<>();
                used = 0;
            }
            shard.put(entry.getKey(), entry.getValue());
            used += bytes;
        }
        shards.add(shard);
        return shards;
    }

    private static void remove(Path stale) {
        try {
            Files.deleteIfExists(stale);
        } catch (IOException e) {
            throw new WeightFileException(
                    stale,
                    "cannot be removed, though it would hide the files just written: " + FileReason.writing(e),
                    e);
        }
    }
}
