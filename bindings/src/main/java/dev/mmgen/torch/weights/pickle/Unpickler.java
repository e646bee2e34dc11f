package dev.mmgen.torch.weights.pickle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stack machine of Python's pickle format, cut down to what {@code torch.save} writes (protocols 2 to 5). It builds
 * containers, numbers and texts; the names that a pickle may call are those of {@link PickleGlobal}. No code of the
 * file is ever run: any other name or opcode is refused.
 */
public final class Unpickler {

    private static final int HIGHEST_PROTOCOL = 5;

    private final PickleBytes in;
    private final PickleCalls calls;
    private final Budget budget;
    private final List<@Nullable Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, @Nullable Object> memo = new HashMap<>();

    private Unpickler(PickleBytes in, StorageTable storages, StorageTable.Views views) {
        this.in = in;
        this.budget = new Budget(in);
        this.calls = new PickleCalls(in, storages, views, budget);
    }

    /**
     * Runs one pickle to its end and returns its value as a plain, unmodifiable tree.
     *
     * @param views makes what stands for the tensors in the tree
     * @throws RuntimeException the file's own fault if the pickle is damaged or asks for anything but values
     */
    public static @Nullable Object load(PickleBytes in, StorageTable storages, StorageTable.Views views) {
        return PickleTree.freeze(in, new Unpickler(in, storages, views).run());
    }

    private @Nullable Object run() {
        if (in.unsigned8() != 0x80) {
            throw in.fail("does not begin with a pickle of protocol 2 or later");
        }
        int protocol = in.unsigned8();
        if (protocol < 2 || protocol > HIGHEST_PROTOCOL) {
            throw in.fail("pickle protocol " + protocol + " is not supported; save the file with protocol 2 to 5");
        }
        int opcode = in.unsigned8();
        while (opcode != '.') {
            step(opcode);
            opcode = in.unsigned8();
        }
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
            throw in.fail("the pickle ends with values left over; the file is damaged");
        }
        return result;
    }

    private void step(int opcode) {
        switch (opcode) {
            case 'N' -> push(null);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'K' -> push((long) in.unsigned8());
            case 'M' -> push((long) in.unsigned16());
            case 'J' -> push((long) in.int32());
            case 0x8a -> push(in.integer(in.unsigned8()));
            case 0x8b -> push(in.integer(in.unsigned32()));
            case 'G' -> push(in.float64());
            case 0x8c -> push(in.text(in.unsigned8()));
            case 'X' -> push(in.text(in.unsigned32()));
            case 0x8d -> push(in.text(in.int64()));
            case 'C' -> push(in.bytes(in.unsigned8()));
            case 'B' -> push(in.bytes(in.unsigned32()));
            case 0x8e, 0x96 -> push(in.bytes(in.int64()));

            case '}' -> push(new LinkedHashMap<>());
            case ']' -> push(new ArrayList<>());
            case 0x8f -> push(new LinkedHashSet<>());
            case ')' -> push(new PickleValue.Tuple(List.of()));
            case '(' -> {
                budget.charge(1);
                marks.add(stack.size());
            }
            case 't' -> push(new PickleValue.Tuple(popToMark()));
            case 0x85 -> push(new PickleValue.Tuple(popLast(1)));
            case 0x86 -> push(new PickleValue.Tuple(popLast(2)));
            case 0x87 -> push(new PickleValue.Tuple(popLast(3)));
            case 's' -> setItems(popLast(2));
            case 'u' -> setItems(popToMark());
            case 'a' -> append(popLast(1));
            case 'e' -> append(popToMark());
            case 0x90 -> addItems(popToMark());

            case 'q' -> remember(in.unsigned8());
            case 'r' -> remember(in.int32());
            case 0x94 -> remember(memo.size());
            case 'h' -> push(recall(in.unsigned8()));
            case 'j' -> push(recall(in.int32()));

            case 'c' -> push(calls.global(in.line(), in.line()));
            case 0x93 -> {
                List<@Nullable Object> names = popLast(2);
                push(calls.global(expect(names.get(0), String.class), expect(names.get(1), String.class)));
            }
            case 'Q' -> push(calls.persistent(expect(pop(), PickleValue.Tuple.class)));
            case 'R' -> {
                PickleValue.Tuple arguments = expect(pop(), PickleValue.Tuple.class);
                push(calls.call(pop(), arguments, neighbour()));
            }
            case 0x81 -> {
                PickleValue.Tuple arguments = expect(pop(), PickleValue.Tuple.class);
                push(calls.create(pop(), arguments));
            }
            case 'b' -> {
                Object state = pop();
                calls.build(top(), state);
            }
            case 0x95 -> in.require(in.int64());
            default ->
                throw in.fail("pickle opcode 0x" + Integer.toHexString(opcode)
                        + " is not one that torch.save writes; the file is damaged or was not written by torch.save");
        }
    }

    private void push(@Nullable Object value) {
        budget.charge(1);
        stack.add(value);
    }

    private @Nullable Object top() {
        if (stack.size() <= floor()) {
            throw in.fail("the pickle takes a value from an empty stack; the file is damaged");
        }
        return stack.getLast();
    }

    private @Nullable Object pop() {
        Object value = top();
        stack.removeLast();
        return value;
    }

    /**
     * Returns the text below the values just taken: when a tensor is rebuilt, that is its key in the dict being filled.
     */
    private @Nullable String neighbour() {
        return stack.size() > floor() && stack.getLast() instanceof String text ? text : null;
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    private List<@Nullable Object> popLast(int count) {
        if (stack.size() - floor() < count) {
            throw in.fail("the pickle takes a value from an empty stack; the file is damaged");
        }
        return cutFrom(stack.size() - count);
    }

    private List<@Nullable Object> popToMark() {
        if (marks.isEmpty()) {
            throw in.fail("the pickle ends a group that it never began; the file is damaged");
        }
        return cutFrom(marks.removeLast());
    }

    private List<@Nullable Object> cutFrom(int start) {
        List<@Nullable Object> tail = stack.subList(start, stack.size());
        List<@Nullable Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private void setItems(List<@Nullable Object> items) {
        Map<@Nullable Object, @Nullable Object> target = PickleTree.asMap(expect(top(), Map.class));
        if (items.size() % 2 != 0) {
            throw in.fail("a dict has a key without a value; the file is damaged");
        }
        for (int i = 0; i < items.size(); i += 2) {
            target.put(calls.hashable(items.get(i)), items.get(i + 1));
        }
    }

    private void append(List<@Nullable Object> items) {
        PickleTree.asList(expect(top(), List.class)).addAll(items);
    }

    private void addItems(List<@Nullable Object> items) {
        Set<@Nullable Object> target = PickleTree.asSet(expect(top(), Set.class));
        for (Object item : items) {
            target.add(calls.hashable(item));
        }
    }

    private void remember(int index) {
        budget.charge(1);
        memo.put(index, top());
    }

    private @Nullable Object recall(int index) {
        if (!memo.containsKey(index)) {
            throw in.fail("the pickle refers to value " + Integer.toUnsignedString(index)
                    + ", which it never stored; the file is damaged");
        }
        return memo.get(index);
    }

    private <T> T expect(@Nullable Object value, Class<T> type) {
        return calls.expect(value, type);
    }

    /**
     * The number of values that a pickle may still build. Pickles can refer to earlier values, so a small one can
     * otherwise ask for any amount of memory or time. An official checkpoint of the largest model needs about a hundred
     * thousand values.
     */
    static final class Budget {

        private static final long MAX_VALUES = 4_000_000;

        private final PickleBytes in;
        private long left = MAX_VALUES;

        Budget(PickleBytes in) {
            this.in = in;
        }

        void charge(long values) {
            left -= values;
            if (left < 0) {
                throw in.fail(
                        "the pickle builds more than " + MAX_VALUES + " values, far more than a checkpoint holds");
            }
        }
    }
}
