package dev.mmgen.torch.nn;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.StateDict;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A state dict that does not fit a module. The message lists every key at fault.
 */
@SuppressWarnings("serial") // The lists are those of List.copyOf, which are serializable.
public final class StateMismatchException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final List<String> missing;
    private final List<String> unexpected;
    private final List<String> misshapen;

    private StateMismatchException(
            List<String> missing, List<String> unexpected, List<String> misshapen, List<String> problems) {
        super("the weights do not fit the module" + part("missing", missing) + part("unexpected", unexpected)
                + part("of another shape or kind of number", misshapen) + part("not readable", problems));
        this.missing = List.copyOf(missing);
        this.unexpected = List.copyOf(unexpected);
        this.misshapen = List.copyOf(misshapen);
    }

    private static String part(String label, List<String> keys) {
        return keys.isEmpty() ? "" : "; " + keys.size() + " " + label + ": " + String.join(", ", keys);
    }

    static void throwIfAny(Map<String, Parameter> wanted, StateDict state, Strictness strictness) {
        List<String> missing = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        List<String> misshapen = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        wanted.forEach((key, parameter) -> {
            if (!state.has(key)) {
                missing.add(key);
                String problem = state.problem(key);
                if (problem != null) {
                    problems.add(problem);
                }
            } else {
                Shape found = state.shape(key);
                if (!found.equals(parameter.shape())) {
                    misshapen.add(key + " is " + found + ", not " + parameter.shape());
                } else if (!state.dtype(key).isFloatingPoint()) {
                    misshapen.add(key + " is of whole numbers (" + state.dtype(key) + ")");
                }
            }
        });
        for (String key : state.keys()) {
            if (!wanted.containsKey(key)) {
                unexpected.add(key);
            }
        }
        if (strictness == Strictness.LOOSE) {
            missing.clear();
        }
        if (strictness != Strictness.EXACT) {
            unexpected.clear();
        }
        if (!missing.isEmpty() || !unexpected.isEmpty() || !misshapen.isEmpty()) {
            throw new StateMismatchException(missing, unexpected, misshapen, problems);
        }
    }

    /** Returns the keys that the module needs and the state dict lacks. */
    public List<String> missing() {
        return missing;
    }

    /** Returns the keys that the module does not know. */
    public List<String> unexpected() {
        return unexpected;
    }

    /** Returns the keys whose tensors have another shape, with both shapes. */
    public List<String> misshapen() {
        return misshapen;
    }
}
