package dev.mmgen.torch.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Containers that Python tells apart from a dict or list and Java does not. They matter to a program that reads a
 * written checkpoint; {@link PickleCheckpoint} reads them back as Map and List.
 */
public sealed interface PythonValue {

    /**
     * An {@code argparse.Namespace}: the parsed command line, read as {@code args.name}. The released checkpoints have
     * their {@code args} in this form; newer ones have a dict.
     */
    record Namespace(Map<String, ? extends @Nullable Object> attributes) implements PythonValue {

        public Namespace {
            attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
        }
    }

    /** A {@code collections.OrderedDict}, which {@code state_dict()} of a module returns. */
    record OrderedDict(Map<?, ? extends @Nullable Object> entries) implements PythonValue {

        public OrderedDict {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }

    /** A tuple, such as the {@code betas} of an optimizer. */
    record Tuple(List<? extends @Nullable Object> items) implements PythonValue {

        public Tuple {
            items = Collections.unmodifiableList(new ArrayList<>(items));
        }
    }
}
