package dev.mmgen.torch.weights.pickle;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.pickle.PickleGlobal.Callable;
import dev.mmgen.torch.weights.pickle.StorageTable.Storage;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Java counterparts of the few calls that a pickle may make: they describe tensors and fill containers. */
final class PickleCalls {

    private static final int MAX_RANK = 64;

    /** The attributes of an {@code argparse.Namespace}; a plain map to everyone else. */
    private static final class Namespace extends LinkedHashMap<@Nullable Object, @Nullable Object> {
        private static final long serialVersionUID = 1L;
    }

    /**
     * A tensor while a pickle is being read.
     *
     * @param tensor its description, which stands for it in the finished tree
     */
    record Rebuilt(Object tensor) {}

    private final PickleBytes in;
    private final StorageTable storages;
    private final StorageTable.Views views;
    private final Unpickler.Budget budget;

    PickleCalls(PickleBytes in, StorageTable storages, StorageTable.Views views, Unpickler.Budget budget) {
        this.in = in;
        this.storages = storages;
        this.views = views;
        this.budget = budget;
    }

    PickleGlobal global(String module, String name) {
        String qualified = module + "." + name;
        PickleGlobal global = PickleGlobal.named(qualified);
        if (global == null) {
            throw refusal(qualified);
        }
        return global;
    }

    private RuntimeException refusal(String name) {
        return in.fail("refused: the pickle asks for " + name
                + ", which is neither a tensor nor a plain container; loading the file in Python would run it."
                + " If you trust the file, save its tensors as safetensors");
    }

    /** Resolves a persistent id, which torch.save uses for storages only. */
    Storage persistent(PickleValue.Tuple id) {
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
    Object call(@Nullable Object callee, PickleValue.Tuple arguments, @Nullable String key) {
        return switch (expect(callee, Callable.class)) {
            case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> tensor(arguments, key);
            case REBUILD_PARAMETER -> argument(arguments, 0, Rebuilt.class);
            case ORDERED_DICT -> {
                requireCount(Callable.ORDERED_DICT, arguments, 0);
                yield new LinkedHashMap<>();
            }
            case COUNTER ->
                arguments.items().isEmpty() ? new LinkedHashMap<>() : copy(argument(arguments, 0, Map.class));
            case SIZE -> new PickleValue.Tuple(numbers(argument(arguments, 0, PickleValue.Tuple.class)));
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
            case BYTES -> {
                requireCount(Callable.BYTES, arguments, 0);
                yield new byte[0];
            }
            case BYTE_ARRAY -> arguments.items().isEmpty() ? new byte[0] : argument(arguments, 0, byte[].class);
            case ENCODE -> {
                if (!"latin1".equals(argument(arguments, 1, String.class))) {
                    throw in.fail("bytes in an encoding other than latin1");
                }
                String text = argument(arguments, 0, String.class);
                budget.charge(text.length() / 16);
                yield text.getBytes(StandardCharsets.ISO_8859_1);
            }
            case NAMESPACE -> create(Callable.NAMESPACE, arguments);
            case NUMPY_TYPE -> numpy(() -> new NumpyValue.Type(argument(arguments, 0, String.class)));
            case NUMPY_SCALAR -> {
                NumpyValue.Type type = argument(arguments, 0, NumpyValue.Type.class);
                byte[] bytes = argument(arguments, 1, byte[].class);
                if (bytes.length != type.size()) {
                    throw in.fail("a numpy number of " + bytes.length + " bytes");
                }
                yield type.number(bytes, 0);
            }
            case NUMPY_ARRAY -> new NumpyValue.Array();
            case NUMPY_ARRAY_CLASS -> throw refusal(Callable.NUMPY_ARRAY_CLASS.toString());
        };
    }

    private <T> T numpy(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException e) {
            throw in.fail(String.valueOf(e.getMessage()), e);
        }
    }

    private Map<@Nullable Object, @Nullable Object> copy(Map<?, ?> map) {
        budget.charge(map.size());
        return new LinkedHashMap<>(map);
    }

    /** Creates an object without calling its constructor: only an empty {@code argparse.Namespace}. */
    Object create(@Nullable Object type, PickleValue.Tuple arguments) {
        if (expect(type, Callable.class) != Callable.NAMESPACE) {
            throw in.fail("refused: the pickle creates a " + type + " in an unknown way");
        }
        requireCount(Callable.NAMESPACE, arguments, 0);
        return new Namespace();
    }

    /**
     * Sets the attributes of an object: kept for a namespace and numpy's values, dropped for a dict (torch's
     * {@code _metadata} of modules).
     */
    void build(@Nullable Object target, @Nullable Object state) {
        if (target instanceof NumpyValue value) {
            List<?> parts = expect(state, PickleValue.Tuple.class).items();
            switch (value) {
                case NumpyValue.Type type -> type.build(parts);
                case NumpyValue.Array array -> budget.charge(numpy(() -> array.build(parts)));
            }
            return;
        }
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

    private Rebuilt tensor(PickleValue.Tuple arguments, @Nullable String key) {
        Storage storage = argument(arguments, 0, Storage.class);
        long offset = argument(arguments, 1, Long.class);
        List<Long> sizes = longs(argument(arguments, 2, PickleValue.Tuple.class));
        List<Long> strides = longs(argument(arguments, 3, PickleValue.Tuple.class));
        try {
            Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            return new Rebuilt(views.of(storage, offset, shape, strides));
        } catch (IllegalArgumentException e) {
            throw in.fail(key, "not a valid tensor: " + e.getMessage(), e);
        }
    }

    private List<@Nullable Object> numbers(PickleValue.Tuple tuple) {
        return new ArrayList<>(longs(tuple));
    }

    private List<Long> longs(PickleValue.Tuple tuple) {
        if (tuple.items().size() > MAX_RANK) {
            throw in.fail("a shape of " + tuple.items().size() + " dimensions");
        }
        List<Long> numbers = new ArrayList<>();
        for (Object item : tuple.items()) {
            numbers.add(expect(item, Long.class));
        }
        return numbers;
    }

    private <T> T argument(PickleValue.Tuple arguments, int index, Class<T> type) {
        if (index >= arguments.items().size()) {
            throw in.fail("a call lacks its argument " + (index + 1) + "; the file is damaged");
        }
        return expect(arguments.items().get(index), type);
    }

    private void requireCount(Callable callable, PickleValue.Tuple arguments, int count) {
        if (arguments.items().size() != count) {
            throw in.fail(callable + " is called with " + arguments.items().size() + " arguments instead of " + count);
        }
    }

    private static String describe(@Nullable Object value) {
        return switch (value) {
            case null -> "None";
            case String _ -> "a text";
            case Number _ -> "a number";
            case PickleValue.Tuple _ -> "a tuple";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a dict";
            case Set<?> _ -> "a set";
            case Rebuilt _ -> "a tensor";
            case NumpyValue _ -> "a numpy value";
            case Callable callable -> callable.toString();
            default -> "a " + value.getClass().getSimpleName();
        };
    }
}
