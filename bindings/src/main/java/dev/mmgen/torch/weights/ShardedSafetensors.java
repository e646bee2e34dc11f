package dev.mmgen.torch.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Several safetensors files with an index ({@code model.safetensors.index.json}) that tells which file holds which
 * tensor. The index decides: tensors of a file that it does not name are left out.
 */
public final class ShardedSafetensors implements WeightFile {

    private final Path path;
    private final Map<String, String> metadata;
    private final Map<String, Safetensors> shardByKey;
    private final Map<String, TensorInfo> infos;
    private final Map<String, ForeignTensor> foreign;
    private final List<Safetensors> shards;

    private ShardedSafetensors(ShardIndex index, Map<String, Safetensors> shardByName) {
        this.path = index.path();
        this.metadata = index.metadata();
        this.shards = List.copyOf(shardByName.values());
        Map<String, Safetensors> byKey = new LinkedHashMap<>();
        Map<String, TensorInfo> found = new LinkedHashMap<>();
        Map<String, ForeignTensor> odd = new LinkedHashMap<>();
        index.shardOfKey().forEach((key, name) -> {
            Safetensors shard = shardByName.get(name);
            TensorInfo info = shard == null ? null : shard.header().tensors().get(key);
            ForeignTensor other =
                    shard == null ? null : shard.header().foreign().get(key);
            if (other != null) {
                odd.put(key, other);
                return;
            }
            if (shard == null || info == null) {
                throw new WeightFileException(
                        path,
                        key,
                        "the index places this tensor in " + name + ", which does not contain it; download both again",
                        null);
            }
            byKey.put(key, shard);
            found.put(key, info);
        });
        this.shardByKey = WrapperNames.removed(byKey);
        this.infos = WrapperNames.removed(found);
        this.foreign = WrapperNames.removed(odd);
    }

    /**
     * Opens an index and every file it names, which must lie in the same folder.
     *
     * @throws WeightFileException if one of them is missing or damaged, or the index names a tensor that its file lacks
     */
    public static ShardedSafetensors open(Path path) {
        return open(path, FileAccess.MAP);
    }

    /**
     * Opens an index and every file it names, which must lie in the same folder.
     *
     * @throws WeightFileException if one of them is missing or damaged, or the index names a tensor that its file lacks
     */
    public static ShardedSafetensors open(Path path, FileAccess access) {
        ShardIndex index = ShardIndex.read(path);
        Map<String, Safetensors> shards = new LinkedHashMap<>();
        try {
            for (String name : index.shardOfKey().values()) {
                shards.computeIfAbsent(name, shard -> Safetensors.open(path.resolveSibling(shard), access));
            }
            return new ShardedSafetensors(index, shards);
        } catch (RuntimeException e) {
            shards.values().forEach(Safetensors::close);
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    /** Returns the index's own metadata, such as {@code total_size}, as text. */
    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Describes the tensors by name; byte offsets count within the file that holds the tensor. */
    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Map<String, ForeignTensor> foreign() {
        return foreign;
    }

    @Override
    public StateDict load(Predicate<String> wanted) {
        return TensorSource.load(
                        infos,
                        wanted,
                        (key, info) ->
                                Objects.requireNonNull(shardByKey.get(key)).tensor(key, info))
                .withUnreadable(path, foreign);
    }

    @Override
    public void close() {
        shards.forEach(Safetensors::close);
    }
}
