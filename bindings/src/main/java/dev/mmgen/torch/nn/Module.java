package dev.mmgen.torch.nn;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A part of a network: parameters and further modules, each under a name.
 *
 * <p>A module owns its parameters and closes them. It starts in evaluation mode, without values. Names join with dots to the
 * keys of a state dict, which are those of the Python original.
 */
public abstract class Module implements AutoCloseable {

    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();
    private boolean training;

    /** Declares a trainable parameter of this module. */
    protected final Parameter parameter(String name, Shape shape, Init init) {
        return declare(name, new Parameter(shape, init, false));
    }

    /** Declares a constant that is stored with the weights. */
    protected final Parameter constant(String name, Shape shape, Init init) {
        return declare(name, new Parameter(shape, init, true));
    }

    private Parameter declare(String name, Parameter parameter) {
        if (parameters.putIfAbsent(name, parameter) != null) {
            throw new IllegalArgumentException("a module with two parameters '" + name + "'");
        }
        return parameter;
    }

    /** Takes a parameter out of this module and frees it; without effect if there is none. */
    final void remove(String name) {
        Parameter removed = parameters.remove(name);
        if (removed != null) {
            removed.close();
        }
    }

    /** Declares a module inside this one. */
    protected final <M extends Module> M child(String name, M module) {
        if (children.putIfAbsent(name, module) != null) {
            throw new IllegalArgumentException("a module with two children '" + name + "'");
        }
        return module;
    }

    /** Returns all parameters of this module and those inside it, by full name, in the order of declaration. */
    public final Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        visit("", all::put);
        return all;
    }

    private void visit(String prefix, BiConsumer<String, Parameter> visitor) {
        parameters.forEach((name, parameter) -> visitor.accept(prefix + name, parameter));
        children.forEach((name, module) -> module.visit(prefix + name + ".", visitor));
    }

    /** Returns this module and those inside it that are of a class, children before their parents. */
    public final <M extends Module> List<M> modules(Class<M> type) {
        List<M> found = new ArrayList<>();
        collect(type, found);
        return found;
    }

    private <M extends Module> void collect(Class<M> type, List<M> found) {
        children.values().forEach(module -> module.collect(type, found));
        if (type.isInstance(this)) {
            found.add(type.cast(this));
        }
    }

    /** Returns the modules inside this one that are of a class, by full name, in the order of declaration. */
    public final <M extends Module> Map<String, M> namedModules(Class<M> type) {
        Map<String, M> found = new LinkedHashMap<>();
        collect("", type, found);
        return found;
    }

    private <M extends Module> void collect(String prefix, Class<M> type, Map<String, M> found) {
        children.forEach((name, module) -> {
            if (type.isInstance(module)) {
                found.put(prefix + name, type.cast(module));
            }
            module.collect(prefix + name + ".", type, found);
        });
    }

    /** Returns how many numbers the parameters hold in all, constants included. */
    public final long parameterCount() {
        return parameters().values().stream()
                .mapToLong(p -> p.shape().elements())
                .sum();
    }

    /**
     * Gives every parameter a random value, in the order of declaration. Modules with rules of their own override this.
     */
    public void initialize(Generator generator) {
        parameters.values().forEach(parameter -> parameter.initialize(generator));
        children.values().forEach(module -> module.initialize(generator));
    }

    /**
     * Takes values from a state dict, which must have exactly this module's keys and shapes. Storage is shared, not
     * copied, except that of tensors which are not row-major; the state dict can be closed afterwards.
     *
     * @throws StateMismatchException listing every missing, unexpected and misshapen key; the module is then unchanged
     */
    public final void load(StateDict state) {
        load(state, Strictness.EXACT);
    }

    /** Takes values from a state dict; a loose match leaves missing parameters alone and ignores unexpected keys. */
    public final void load(StateDict state, Strictness strictness) {
        Map<String, Parameter> wanted = parameters();
        StateMismatchException.throwIfAny(wanted, state, strictness);
        try (TensorScope _ = TensorScope.open()) {
            wanted.forEach((key, parameter) -> {
                if (state.has(key)) {
                    parameter.set(state.get(key).detach());
                }
            });
        }
    }

    /**
     * Returns the values under their full names, to be read: storage is shared, but for matrices that are {@linkplain #packMatrices packed},
     * which stay so. Close the result.
     */
    public final StateDict state() {
        Map<String, Tensor> values = new LinkedHashMap<>();
        parameters()
                .forEach((key, parameter) -> values.put(key, parameter.read().unscoped()));
        return StateDict.of(values);
    }

    /**
     * Moves all values to a device and an element type. Matrices in main memory become that type when they are first used, each for
     * itself: this takes no time then, and memory does not hold all of them twice.
     */
    public final void to(Device device, DType dtype) {
        try (TensorScope _ = TensorScope.open()) {
            parameters().values().forEach(parameter -> parameter.to(device, dtype));
        }
    }

    /**
     * Has the matrices of linear maps laid out in the blocks in which the processor multiplies fastest, each when it is first used
     * without gradients: for inference on the CPU, in float32 and bfloat16; others stay as they are. Memory holds a packed matrix once:
     * its plain {@linkplain Parameter#value value} is freed, so what was taken from it before is closed. Whoever asks for the value again,
     * also by {@link #to} or training, has that matrix plain from then on; pack again when that is over. {@link Parameter#read} and
     * {@link #state} leave it packed.
     */
    public final void packMatrices() {
        prepareMatrices(Parameter.Form.PACKED);
    }

    /**
     * Has the matrices of linear maps multiplied in eight bits, each from its first use without gradients on: for inference on the CPU,
     * in float32 and bfloat16; others stay as they are. Where eight bits are {@linkplain QuantizedMatrix#isAvailable not available}, they
     * are {@linkplain #packMatrices packed}. The values stay beside the bytes, which are a quarter or a half as large, in the type that
     * they were loaded in; those of mapped files leave memory. Whoever asks for a value has that matrix plain from then on; quantize again
     * when that is over. What is written into a value that was taken before, or into another module's that shares its memory, does not
     * reach the bytes.
     */
    public final void quantizeMatrices() {
        prepareMatrices(QuantizedMatrix.isAvailable() ? Parameter.Form.QUANTIZED : Parameter.Form.PACKED);
    }

    /** Returns true if some matrix is multiplied in eight bits, or will be when it is used. */
    public final boolean hasQuantizedMatrices() {
        return modules(Linear.class).stream().anyMatch(map -> map.weight().isQuantized());
    }

    private void prepareMatrices(Parameter.Form form) {
        modules(Linear.class).forEach(map -> map.weight().prepareOnUse(form));
    }

    /** Asks for gradients of all trainable parameters, or of none. */
    public final void requiresGrad(boolean wanted) {
        for (Parameter parameter : parameters().values()) {
            if (!parameter.isFrozen()) {
                parameter.value().requiresGrad(wanted);
            }
        }
    }

    /** Switches this module and all inside it between training (dropout draws) and evaluation. */
    public final void train(boolean on) {
        training = on;
        children.values().forEach(module -> module.train(on));
    }

    /** Returns true in training mode. */
    public final boolean isTraining() {
        return training;
    }

    /** Returns what {@link #toString} prints in parentheses, for example sizes. */
    protected String settings() {
        return "";
    }

    /** Returns the tree of modules, one a line, with settings and the number of parameters. */
    @Override
    public final String toString() {
        StringBuilder tree = new StringBuilder();
        print(tree, "", "");
        return tree.toString();
    }

    private void print(StringBuilder tree, String indent, String name) {
        tree.append(indent)
                .append(name.isEmpty() ? "" : name + ": ")
                .append(getClass().getSimpleName());
        tree.append(settings().isEmpty() ? "" : "(" + settings() + ")");
        tree.append(String.format(Locale.ROOT, "  %,d", parameterCount())).append(System.lineSeparator());
        children.forEach((key, module) -> module.print(tree, indent + "  ", key));
    }

    /** Frees all parameters of this module and those inside it. Closing twice has no effect. */
    @Override
    public void close() {
        parameters.values().forEach(Parameter::close);
        children.values().forEach(Module::close);
    }
}
