package dev.mmgen.torch.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Modules of one kind, named by their number. */
public final class ModuleList<M extends Module> extends Module {

    private final List<M> items;

    private ModuleList(List<M> items) {
        this.items = List.copyOf(items);
        for (int i = 0; i < items.size(); i++) {
            child(Integer.toString(i), items.get(i));
        }
    }

    /** Builds a number of modules, one per index. */
    public static <M extends Module> ModuleList<M> of(int count, IntFunction<M> builder) {
        List<M> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(builder.apply(i));
        }
        return new ModuleList<>(items);
    }

    /** Returns the modules in order. */
    public List<M> items() {
        return items;
    }
}
