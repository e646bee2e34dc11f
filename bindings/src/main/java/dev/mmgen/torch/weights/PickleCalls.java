package dev.mmgen.torch.weights;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.PickleGlobal.Callable;
import dev.mmgen.torch.weights.StorageTable.Storage;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Java counterparts of the few calls that a pickle may make: they describe tensors and fill containers. */
final class PickleCalls {

    private static final int MAX_RANK = 64;

    /** The attributes of an {@code argparse.Namespace}; a plain map to everyone else. */
    private static final class Namespace extends LinkedHashMap<@Nullable Object, @Nullable Object> {
        private static final long serialVersionUID = 1L;
    }

    private final PickleBytes in;
    private final StorageTable storages;
    private final PickleBudget budget;

    PickleCalls(PickleBytes in, StorageTable storages, PickleBudget budget) {
        this.in = in;
        this.storages = storages;
        this.budget = budget;
    }

    PickleGlobal global(String module, String name) {
        String qualified = module + "." + name;
        PickleGlobal global = PickleGlobal.named(qualified);
        if (global == null) {
            throw in.fail("refused: the pickle asks for " + qualified
                    + ", which is neither a tensor nor a plain container; loading the file in Python would run it."
                    + " If you trust the file, save its tensors as safetensors");
        }
        return global;
    }

    /** Resolves a persistent id, which torch.save uses for storages only. */
    Storage persistent(PickleTuple id) {
        if (id.items().size() < 5 || !"storage".equals(id.items().get(0))) {
            throw in.fail("a persistent reference that is not a tensor storage");
        }
        if (id.items().size() > 5 && id.items().get(5) != null) {
            throw in.fail("a storage that is a view of another, as PyTorch 0.4 and older wrote it; save the file anew");
        }
        PickleGlobal.StorageType type = argument(id, 1, PickleGlobal.StorageType.class);
        argument(id, 3, String.class);
        long elements = argument(id, 4, Long.class);
        if (elements < 0 || elements > Long.MAX_VALUE / type.dtype().byteSize()) {
            throw in.fail("a storage of " + elements + " elements");
        }
        return storages.find(argument(id, 2, String.class), type.dtype(), elements);
    }

    /**
     * @param key the key under which the result will probably be stored, for the error message
     */
    Object call(@Nullable Object callee, PickleTuple arguments, @Nullable String key) {
        return switch (expect(callee, Callable.class)) {
            case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> tensor(arguments, key);
            case REBUILD_PARAMETER -> argument(arguments, 0, TensorInfo.class);
            case ORDERED_DICT -> {
                requireCount(Callable.ORDERED_DICT, arguments, 0);
                yield new LinkedHashMap<>();
            }
            case SIZE -> new PickleTuple(numbers(argument(arguments, 0, PickleTuple.class)));
            case DEVICE ->
                arguments.items().size() == 1
                        ? argument(arguments, 0, String.class)
                        : argument(arguments, 0, String.class) + ":" + argument(arguments, 1, Long.class);
            case LAYOUT -> argument(arguments, 0, String.class);
            case SET -> {
                Set<@Nullable Object> set = new LinkedHashSet<>();
                List<@Nullable Object> items = PickleTree.asList(argument(arguments, 0, List.class));
                budget.charge(items.size());
                for (Object item : items) {
                    set.add(hashable(item));
                }
                yield set;
            }
            case ENCODE -> {
                if (!"latin1".equals(argument(arguments, 1, String.class))) {
                    throw in.fail("bytes in an encoding other than latin1");
                }
                String text = argument(arguments, 0, String.class);
                budget.charge(text.length() / 16);
                yield text.getBytes(StandardCharsets.ISO_8859_1);
            }
            case NAMESPACE -> create(Callable.NAMESPACE, arguments);
        };
    }

    /** Creates an object without calling its constructor: only an empty {@code argparse.Namespace}. */
    Object create(@Nullable Object type, PickleTuple arguments) {
        if (expect(type, Callable.class) != Callable.NAMESPACE) {
            throw in.fail("refused: the pickle creates a " + type + " in an unknown way");
        }
        requireCount(Callable.NAMESPACE, arguments, 0);
        return new Namespace();
    }

    /**
     * Sets the attributes of an object: kept for a namespace, dropped for a dict (torch's {@code _metadata} of
     * modules).
     */
    void build(@Nullable Object target, @Nullable Object state) {
        Map<@Nullable Object, @Nullable Object> attributes = PickleTree.asMap(expect(state, Map.class));
        if (target instanceof Namespace namespace) {
            budget.charge(attributes.size());
            namespace.putAll(attributes);
        } else if (!(target instanceof Map)) {
            throw in.fail("refused: the pickle sets attributes on " + describe(target));
        }
    }

    /**
     * Returns the value if it may be the key of a dict or a member of a set: a text, a number, a flag or nothing.
     * Containers are refused, as a nested one can take forever to hash.
     */
    @Nullable
    Object hashable(@Nullable Object value) {
        if (value == null
                || value instanceof String
                || value instanceof Long
                || value instanceof BigInteger
                || value instanceof Double
                || value instanceof Boolean) {
            return value;
        }
        throw in.fail("a dict key or set member is " + describe(value) + "; only texts and numbers are supported");
    }

    <T> T expect(@Nullable Object value, Class<T> type) {
        if (!type.isInstance(value)) {
            throw in.fail("a " + type.getSimpleName() + " was expected where the pickle has " + describe(value)
                    + "; the file is damaged");
        }
        return type.cast(value);
    }

    private TensorInfo tensor(PickleTuple arguments, @Nullable String key) {
        Storage storage = argument(arguments, 0, Storage.class);
        long offset = argument(arguments, 1, Long.class);
        List<Long> sizes = longs(argument(arguments, 2, PickleTuple.class));
        List<Long> strides = longs(argument(arguments, 3, PickleTuple.class));
        try {
            Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            return new TensorInfo(storage.dtype(), shape, strides, offset, storage.byteOffset(), storage.byteLength());
        } catch (IllegalArgumentException e) {
            throw in.fail(key, "not a valid tensor: " + e.getMessage(), e);
        }
    }

    private List<@Nullable Object> numbers(PickleTuple tuple) {
        return new ArrayList<>(longs(tuple));
    }

    private List<Long> longs(PickleTuple tuple) {
        if (tuple.items().size() > MAX_RANK) {
            throw in.fail("a shape of " + tuple.items().size() + " dimensions");
        }
        List<Long> numbers = new ArrayList<>();
        for (Object item : tuple.items()) {
            numbers.add(expect(item, Long.class));
        }
        return numbers;
    }

    private <T> T argument(PickleTuple arguments, int index, Class<T> type) {
        if (index >= arguments.items().size()) {
            throw in.fail("a call lacks its argument " + (index + 1) + "; the file is damaged");
        }
        return expect(arguments.items().get(index), type);
    }

    private void requireCount(Callable callable, PickleTuple arguments, int count) {
        if (arguments.items().size() != count) {
            throw in.fail(callable + " is called with " + arguments.items().size() + " arguments instead of " + count);
        }
    }

    private static String describe(@Nullable Object value) {
        return switch (value) {
            case null -> "None";
            case String _ -> "a text";
            case Number _ -> "a number";
            case PickleTuple _ -> "a tuple";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a dict";
            case Set<?> _ -> "a set";
            case TensorInfo _ -> "a tensor";
            case Callable callable -> callable.toString();
            default -> "a " + value.getClass().getSimpleName();
        };
    }
}
