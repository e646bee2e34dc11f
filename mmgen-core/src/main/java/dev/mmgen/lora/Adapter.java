package dev.mmgen.lora;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A LoRA adapter to lay over a model: its folder, its strength, and how it is laid.
 *
 * @param folder   as {@link Lora#save} or PEFT writes it
 * @param strength of the adapter; 1 as it was trained, 0 for nothing, above 1 or below 0 to exaggerate or invert it
 * @param merged   true adds it to the weights, so that it costs no time and a copy of the matrices that it adapts; false keeps it
 *                 beside them, which takes little memory and some time
 * @param anyModel true lays it over any model of the same shape; false only over the one that it was trained on, where the adapter
 *                 tells (those of this library do, PEFT's do not)
 */
public record Adapter(Path folder, double strength, boolean merged, boolean anyModel) {

    /** The folder that a training writes its adapter into, within its own. */
    private static final String WRITTEN = "adapter";

    /**
     * @throws IllegalArgumentException if the strength is infinite or not a number
     */
    public Adapter {
        if (!Double.isFinite(strength)) {
            throw new IllegalArgumentException("the strength of an adapter is " + strength + "; it must be finite");
        }
    }

    /**
     * Returns the name of a model with adapters laid over it, as images tell it: {@code model + adapter=0.5}. An adapter has the name of its
     * folder, or of the folder of the training that wrote it.
     */
    public static String names(String model, List<Adapter> adapters) {
        return Stream.concat(Stream.of(model), adapters.stream().map(Adapter::name))
                .collect(Collectors.joining(" + "));
    }

    private String name() {
        Path whole = folder.toAbsolutePath().normalize();
        int last = whole.getNameCount() - 1;
        boolean written = last > 0 && whole.endsWith(WRITTEN);
        String name = (last < 0 ? whole : whole.getName(written ? last - 1 : last)).toString();
        return strength == 1 ? name : name + "=" + strength;
    }

    /** Returns an adapter of full strength that is merged. */
    public static Adapter of(Path folder) {
        return new Adapter(folder, 1, true, false);
    }

    /** Returns the same adapter with another strength. */
    public Adapter withStrength(double other) {
        return new Adapter(folder, other, merged, anyModel);
    }

    /** Returns the same adapter beside the weights. */
    public Adapter apart() {
        return new Adapter(folder, strength, false, anyModel);
    }

    /** Returns the same adapter for any model of the shape, such as one that was fine-tuned after the adapter was trained. */
    public Adapter overAnyModel() {
        return new Adapter(folder, strength, merged, true);
    }
}
