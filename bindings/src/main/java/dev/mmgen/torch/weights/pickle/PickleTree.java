package dev.mmgen.torch.weights.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The plain, unmodifiable tree made of the values that a pickle built: Map, List, Set, String, Long, BigInteger, Double, Boolean,
 * byte[], DType, descriptions of tensors, null. A pickle can make containers that hold themselves, or a short chain of shared ones
 * that unfolds into billions of values; both are refused here so that a user may walk or print the tree without care.
 */
final class PickleTree {

    static final int MAX_DEPTH = 100;
    private static final long MAX_UNFOLDED = 20_000_000;

    /**
     * A finished container.
     *
     * @param unfolded the number of values in it, counting shared ones each time they occur
     * @param height how deep the containers in it are nested
     */
    private record Finished(@Nullable Object value, long unfolded, int height) {

        static Finished leaf(@Nullable Object value) {
            return new Finished(value, 1, 0);
        }
    }

    private final PickleBytes in;
    private final Map<Object, Finished> finished = new IdentityHashMap<>();
    private final Map<Object, Boolean> open = new IdentityHashMap<>();

    private PickleTree(PickleBytes in) {
        this.in = in;
    }

    static @Nullable Object freeze(PickleBytes in, @Nullable Object root) {
        return new PickleTree(in).freeze(root, 0).value();
    }

    private Finished freeze(@Nullable Object value, int depth) {
        return switch (value) {
            case PickleValue.Tuple tuple -> container(tuple, depth);
            case List<?> list -> container(list, depth);
            case Set<?> set -> container(set, depth);
            case Map<?, ?> map -> container(map, depth);
            case PickleGlobal.ElementType type -> Finished.leaf(type.dtype());
            case PickleGlobal global -> throw in.fail("refused: the file holds " + global + " itself as a value");
            case PickleCalls.Rebuilt rebuilt -> Finished.leaf(rebuilt.tensor());
            case NumpyValue.Array array -> Finished.leaf(array.values());
            case NumpyValue _ -> throw in.fail("a numpy type without values is not supported");
            case StorageTable.Storage _ -> throw in.fail("a storage without a tensor is not supported");
            case null, default -> Finished.leaf(value);
        };
    }

    private Finished container(Object value, int depth) {
        Finished known = finished.get(value);
        if (depth + (known == null ? 1 : known.height()) > MAX_DEPTH) {
            throw in.fail("containers are nested more than " + MAX_DEPTH + " deep");
        }
        if (known != null) {
            return known;
        }
        if (open.put(value, true) != null) {
            throw in.fail("a container holds itself");
        }
        Finished result = switch (value) {
            case PickleValue.Tuple tuple -> list(tuple.items(), depth);
            case List<?> list -> list(list, depth);
            case Set<?> set ->
                new Finished(Collections.unmodifiableSet(new LinkedHashSet<@Nullable Object>(set)), 1L + set.size(), 1);
            default -> map((Map<?, ?>) value, depth);
        };
        open.remove(value);
        finished.put(value, result);
        return result;
    }

    private Finished list(List<?> items, int depth) {
        List<@Nullable Object> values = new ArrayList<>(items.size());
        long unfolded = 1;
        int height = 0;
        for (Object item : items) {
            Finished value = freeze(item, depth + 1);
            values.add(value.value());
            unfolded = grow(unfolded, value);
            height = Math.max(height, value.height());
        }
        return new Finished(Collections.unmodifiableList(values), unfolded, height + 1);
    }

    private Finished map(Map<?, ?> entries, int depth) {
        Map<@Nullable Object, @Nullable Object> values = new LinkedHashMap<>();
        long unfolded = 1;
        int height = 0;
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            Finished value = freeze(entry.getValue(), depth + 1);
            values.put(entry.getKey(), value.value());
            unfolded = grow(unfolded, value);
            height = Math.max(height, value.height());
        }
        return new Finished(Collections.unmodifiableMap(values), unfolded, height + 1);
    }

    private long grow(long unfolded, Finished value) {
        long sum = unfolded + value.unfolded();
        if (sum > MAX_UNFOLDED) {
            throw in.fail("containers refer to each other so often that they unfold into more than " + MAX_UNFOLDED
                    + " values");
        }
        return sum;
    }

    @SuppressWarnings("unchecked")
    static Map<@Nullable Object, @Nullable Object> asMap(Map<?, ?> map) {
        return (Map<@Nullable Object, @Nullable Object>) map;
    }

    @SuppressWarnings("unchecked")
    static List<@Nullable Object> asList(List<?> list) {
        return (List<@Nullable Object>) list;
    }

    @SuppressWarnings("unchecked")
    static Set<@Nullable Object> asSet(Set<?> set) {
        return (Set<@Nullable Object>) set;
    }
}
