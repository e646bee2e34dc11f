package dev.mmgen.torch.weights.pickle;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.file.FileFault;
import dev.mmgen.torch.weights.pickle.PickleGlobal.Callable;
import dev.mmgen.torch.weights.pickle.PickleGlobal.ElementType;
import dev.mmgen.torch.weights.pickle.PickleGlobal.StorageType;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The writer of a tree of values as a pickle, the counterpart of {@link Unpickler}. Each tensor refers to a storage of its
 * own, named by its position in {@link #tensors()}. Nothing is remembered for reuse: what occurs twice is written
 * twice.
 */
public final class Pickler {

    private final Path path;
    private final FileFault fault;
    private final UnaryOperator<@Nullable Object> form;
    private final PickleOutput out = new PickleOutput();
    private final List<Tensor> tensors = new ArrayList<>();

    /**
     * Begins a pickle.
     *
     * @param path where it goes, for messages
     * @param form turns values of other classes into those that are known here, before each is written
     */
    public Pickler(Path path, FileFault fault, UnaryOperator<@Nullable Object> form) {
        this.path = path;
        this.fault = fault;
        this.form = form;
    }

    /** Returns the tensors in the order of their storages, which are to hold the elements in row-major order. */
    public List<Tensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }

    /** Returns the whole pickle of one value. */
    public byte[] dump(@Nullable Object root) {
        out.code(0x80, 2);
        value(root, "", 0);
        return out.code('.').toByteArray();
    }

    private void value(@Nullable Object given, String place, int depth) {
        Object value = form.apply(given);
        switch (value) {
            case null -> out.code('N');
            case Boolean flag -> out.code(flag ? 0x88 : 0x89);
            case Integer number -> out.integer(number);
            case Long number -> out.integer(number);
            case BigInteger number -> integer(number, place);
            case Float number -> out.float64(number);
            case Double number -> out.float64(number);
            case String text -> text(text, place);
            case byte[] bytes -> latin1(bytes);
            case DType dtype -> out.global(new ElementType(dtype).pythonName());
            case Tensor tensor -> tensor(tensor);
            case PickleValue.OrderedDict dict -> orderedDict(dict.entries(), place, depth);
            case PickleValue.Namespace namespace -> {
                out.global(Callable.NAMESPACE.toString()).code(')', 0x81);
                dict(namespace.attributes(), place, depth);
                out.code('b');
            }
            case PickleValue.Tuple tuple -> {
                out.code('(');
                items(tuple.items(), place, depth);
                out.code('t');
            }
            case Map<?, ?> map -> dict(map, place, depth);
            case List<?> list -> list(list, place, depth);
            case Set<?> set -> {
                set.forEach(member -> checkHashable(member, place));
                out.global(Callable.SET.toString());
                list(set, place, depth);
                out.code(0x85, 'R');
            }
            default ->
                throw fail(
                        place,
                        "a " + value.getClass().getName() + " has no form in a checkpoint; convert it"
                                + " to a map, list, text, number, flag or tensor");
        }
    }

    private void dict(Map<?, ?> map, String place, int depth) {
        out.code('}');
        entries(map, place, depth);
    }

    private void orderedDict(Map<?, ?> map, String place, int depth) {
        emptyOrderedDict();
        entries(map, place, depth);
    }

    private void entries(Map<?, ?> map, String place, int depth) {
        checkDepth(place, depth);
        out.code('(');
        map.forEach((key, value) -> {
            checkHashable(key, place);
            value(key, place, depth + 1);
            value(value, place.isEmpty() ? String.valueOf(key) : place + "." + key, depth + 1);
        });
        out.code('u');
    }

    private void list(Collection<?> items, String place, int depth) {
        out.code(']', '(');
        items(items, place, depth);
        out.code('e');
    }

    private void items(Collection<?> items, String place, int depth) {
        checkDepth(place, depth);
        int index = 0;
        for (Object item : items) {
            value(item, place + "[" + index + "]", depth + 1);
            index++;
        }
    }

    /** Writes the call that rebuilds a tensor from storage, offset, sizes, strides, requires_grad and hooks. */
    private void tensor(Tensor tensor) {
        out.global(Callable.REBUILD_TENSOR_V2.toString()).code('(');
        storage(tensor, tensors.size());
        out.integer(0);
        long[] sizes = tensor.shape().toArray();
        sizes(sizes);
        sizes(rowMajor(sizes));
        out.code(0x89);
        emptyOrderedDict();
        out.code('t', 'R');
        tensors.add(tensor);
    }

    private static long[] rowMajor(long[] sizes) {
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int dim = sizes.length - 1; dim >= 0; dim--) {
            strides[dim] = step;
            step *= Math.max(1, sizes[dim]);
        }
        return strides;
    }

    private void storage(Tensor tensor, int number) {
        out.code('(')
                .text("storage")
                .global(new StorageType(tensor.dtype()).pythonName())
                .text(Integer.toString(number))
                .text("cpu")
                .integer(tensor.elements())
                .code('t', 'Q');
    }

    private void sizes(long[] sizes) {
        out.code('(');
        for (long size : sizes) {
            out.integer(size);
        }
        out.code('t');
    }

    private void emptyOrderedDict() {
        out.global(Callable.ORDERED_DICT.toString()).code(')', 'R');
    }

    /** Protocol 2 has no bytes: they are written as a call that makes them from a text. */
    private void latin1(byte[] bytes) {
        out.global(Callable.ENCODE.toString())
                .text(new String(bytes, StandardCharsets.ISO_8859_1))
                .text("latin1")
                .code(0x86, 'R');
    }

    private void integer(BigInteger number, String place) {
        int bytes = number.bitLength() / Byte.SIZE + 1;
        if (bytes > PickleBytes.MAX_INTEGER_BYTES) {
            throw fail(place, "an integer of " + bytes + " bytes is larger than any checkpoint needs");
        }
        out.integer(number);
    }

    private void text(String text, String place) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw fail(place, "a text contains half of a surrogate pair, which has no form in UTF-8");
        }
        out.text(text);
    }

    /** Beyond this depth the reader refuses too; a container that holds itself ends here. */
    private void checkDepth(String place, int depth) {
        if (depth >= PickleTree.MAX_DEPTH) {
            throw fail(place, "containers are nested more than " + PickleTree.MAX_DEPTH + " deep, or one holds itself");
        }
    }

    private void checkHashable(@Nullable Object key, String place) {
        switch (key) {
            case null -> {}
            case String _, Boolean _, Integer _, Long _, BigInteger _, Float _, Double _ -> {}
            default ->
                throw fail(
                        place,
                        "a dict key or set member is a " + key.getClass().getName()
                                + "; only texts and numbers can be");
        }
    }

    private RuntimeException fail(String place, String problem) {
        return fault.of(path, place.isEmpty() ? null : place, problem, null);
    }
}
