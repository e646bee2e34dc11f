package dev.mmgen.torch.weights.pickle;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A container of Python that Java has no class for. */
public sealed interface PickleValue {

    /** A tuple; it becomes a list in the finished tree. */
    record Tuple(List<? extends @Nullable Object> items) implements PickleValue {}

    /** A {@code collections.OrderedDict}. */
    record OrderedDict(Map<?, ? extends @Nullable Object> entries) implements PickleValue {}

    /** An {@code argparse.Namespace}. */
    record Namespace(Map<String, ? extends @Nullable Object> attributes) implements PickleValue {}
}
