package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Named tensors in a fixed order: the parameters and buffers of a model as PyTorch's {@code state_dict()} names them.
 *
 * <p>A state dict owns its tensors and closes them with itself. Dicts derived from it ({@link #subset},
 * {@link #withPrefixRemoved}) share the tensors: closing one of them closes all.
 */
public final class StateDict implements AutoCloseable {

    private final Map<String, Tensor> tensors;

    /** All tensors to close, also those that a derived dict does not show. */
    private final Map<String, Tensor> owned;

    /** Why tensors that the file has are missing here, by name. */
    private final Map<String, String> unreadable;

    private StateDict(Map<String, Tensor> tensors, Map<String, Tensor> owned, Map<String, String> unreadable) {
        this.tensors = tensors;
        this.owned = owned;
        this.unreadable = unreadable;
    }

    /**
     * Makes a state dict that takes over these tensors, in the iteration order of the map.
     */
    public static StateDict of(Map<String, Tensor> tensors) {
        Map<String, Tensor> copy = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        return new StateDict(copy, copy, Map.of());
    }

    /** Returns the same dict, which knows why tensors of a file are not in it. */
    StateDict withUnreadable(Path file, Map<String, ForeignTensor> foreign) {
        Map<String, String> problems = new LinkedHashMap<>();
        foreign.forEach((key, tensor) -> problems.put(key, file + ": '" + key + "' " + tensor.problem()));
        return new StateDict(tensors, owned, Collections.unmodifiableMap(problems));
    }

    /**
     * Returns a tensor, which remains owned by this dict.
     *
     * @throws NoSuchElementException if there is none of this name; the message tells the most similar one, or why a
     *     tensor that the file has could not be read
     */
    public Tensor get(String key) {
        Tensor tensor = tensors.get(key);
        if (tensor == null) {
            String problem = unreadable.get(key);
            if (problem != null) {
                throw new NoSuchElementException(problem);
            }
            String nearest = SimilarName.find(key, tensors.keySet());
            throw new NoSuchElementException("no tensor '" + key + "' among " + tensors.size()
                    + (nearest == null ? "" : "; the most similar is '" + nearest + "'"));
        }
        return tensor;
    }

    /** Returns true if there is a tensor of this name. */
    public boolean has(String key) {
        return tensors.containsKey(key);
    }

    /** Returns why a tensor that the file has is missing here, null if there is no such reason. */
    public @Nullable String problem(String key) {
        return unreadable.get(key);
    }

    /** Returns the names in order. */
    public List<String> keys() {
        return List.copyOf(tensors.keySet());
    }

    /** Returns the number of tensors. */
    public int size() {
        return tensors.size();
    }

    /**
     * Returns the shape of a tensor.
     *
     * @throws NoSuchElementException if there is none of this name
     */
    public Shape shape(String key) {
        return get(key).shape();
    }

    /**
     * Returns the element type of a tensor.
     *
     * @throws NoSuchElementException if there is none of this name
     */
    public DType dtype(String key) {
        return get(key).dtype();
    }

    /** Returns the number of elements of all tensors together. */
    public long parameterCount() {
        return tensors.values().stream()
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
    }

    /**
     * Checks that no weight is NaN or infinite: one pass over the data per tensor, at the speed of memory.
     *
     * @param file from which they come, for the message
     * @return this
     * @throws WeightFileException naming the first tensor at fault
     */
    public StateDict requireFinite(Path file) {
        FiniteCheck.require(file, tensors);
        return this;
    }

    /** Returns an unmodifiable view as a map, in order. */
    public Map<String, Tensor> asMap() {
        return tensors;
    }

    /** Returns a checksum of all values in order, each in the bits of its own type: CRC-32C. */
    public long checksum() {
        CRC32C sum = new CRC32C();
        TensorBytes bytes = new TensorBytes();
        tensors.values().forEach(tensor -> bytes.read(tensor, sum::update));
        return sum.getValue();
    }

    /** Returns the tensors whose names begin with {@code prefix}, under their full names. */
    public StateDict subset(String prefix) {
        return renamed(key -> key.startsWith(prefix) ? key : null);
    }

    /** Returns the tensors whose names do not begin with {@code prefix}, under their full names. */
    public StateDict without(String prefix) {
        return renamed(key -> key.startsWith(prefix) ? null : key);
    }

    /**
     * Returns all tensors, without {@code prefix} where their names begin with it. This undoes wrappers such as
     * {@code module.} of distributed training.
     *
     * @throws IllegalArgumentException if two tensors would get the same name
     */
    public StateDict withPrefixRemoved(String prefix) {
        return renamed(key -> key.startsWith(prefix) ? key.substring(prefix.length()) : key);
    }

    private StateDict renamed(KeyRule rule) {
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        tensors.forEach((key, tensor) -> {
            String name = rule.apply(key);
            if (name != null && renamed.put(name, tensor) != null) {
                throw new IllegalArgumentException(
                        "two tensors would be named '" + name + "', one of them is '" + key + "'");
            }
        });
        Map<String, String> problems = new LinkedHashMap<>();
        unreadable.forEach((key, problem) -> {
            String name = rule.apply(key);
            if (name != null) {
                problems.put(name, problem);
            }
        });
        return new StateDict(Collections.unmodifiableMap(renamed), owned, Collections.unmodifiableMap(problems));
    }

    /** The new name of a tensor, null to leave it out. */
    private interface KeyRule {
        @Nullable
        String apply(String key);
    }

    /** Closes the tensors, also those of the dicts derived from this one or from which it was derived. */
    @Override
    public void close() {
        owned.values().forEach(Tensor::close);
    }
}
