package dev.mmgen.train.checkpoint;

import dev.mmgen.lora.Lora;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.Optimizer;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state that a training goes on from, whatever file it is in.
 *
 * @param tensors  of every part, never null; those of the adapter are empty where all weights are trained
 * @param progress the rest
 * @param plan     that it was made under, as JSON; null where the file does not tell
 */
public record TrainingState(
        Map<Part, StateDict> tensors,
        Progress progress,
        @Nullable String plan) implements AutoCloseable {

    /** The tensors of a training, by the names that they have in files. */
    public enum Part {
        /** Under the model's usual names, without an adapter. */
        WEIGHTS("model", "weights"),
        /** The same, with the adapter's EMA folded in: a model by itself. */
        EMA("ema", "EMA weights"),
        /** The weights of a LoRA adapter. */
        ADAPTER("lora", "LoRA adapter"),
        /** Their EMA. */
        ADAPTER_EMA("lora_ema", "EMA of the LoRA adapter"),
        /** The optimizer's, as {@link Optimizer#state} names them. */
        MOMENTS("opt", "moments");

        private final String key;
        private final String description;

        Part(String key, String description) {
            this.key = key;
            this.description = description;
        }

        String key() {
            return key;
        }

        boolean ofAdapter() {
            return this == ADAPTER || this == ADAPTER_EMA;
        }
    }

    /**
     * Returns the state of a training. Tensors share its storage. Close the result.
     *
     * @param lora the adapter that is trained; null where all weights are
     */
    public static Map<Part, StateDict> capture(Module model, Ema ema, Optimizer optimizer, @Nullable Lora lora) {
        StateDict weights = model.state();
        StateDict emaWeights = ema.state();
        StateDict base = part(emaWeights, key -> !Lora.isAdapterWeight(key));
        StateDict whole = base;
        if (lora != null) {
            whole = lora.fold(emaWeights);
            base.close();
        }
        Map<Part, StateDict> tensors = new EnumMap<>(Part.class);
        tensors.put(Part.WEIGHTS, part(weights, key -> !Lora.isAdapterWeight(key)));
        tensors.put(Part.EMA, whole);
        tensors.put(Part.ADAPTER, part(weights, Lora::isAdapterWeight));
        tensors.put(Part.ADAPTER_EMA, part(emaWeights, Lora::isAdapterWeight));
        tensors.put(Part.MOMENTS, optimizer.state());
        return tensors;
    }

    private static StateDict part(StateDict all, Predicate<String> wanted) {
        Map<String, Tensor> part = new LinkedHashMap<>(all.asMap());
        part.keySet().removeIf(wanted.negate());
        return StateDict.of(part);
    }

    /**
     * Reads the state in a file of either form; the tensors of a folder are mapped, those of a {@code .pt} are copied and their
     * checksums compared. Close the result.
     *
     * @param parameters of the model in its order, by which a {@code .pt} file numbers moments
     * @throws CheckpointException if a part is missing, or a number is out of range
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is missing or damaged
     */
    public static TrainingState read(Path path, List<String> parameters) {
        return FolderCheckpoint.isOne(path) ? FolderCheckpoint.read(path) : PtCheckpoint.read(path, parameters);
    }

    /** Returns the tensors of a part. */
    public StateDict get(Part part) {
        StateDict found = tensors.get(part);
        if (found == null) {
            throw new IllegalStateException("a state without " + part);
        }
        return found;
    }

    /**
     * Checks that a model takes these tensors.
     *
     * @param file       for the message
     * @param difference of settings, added to the message; may be empty
     * @throws CheckpointException if this is the state of another architecture; keys and shapes that differ are named
     */
    public void requireFit(Path file, Module model, String difference) {
        for (Part part : Part.values()) {
            if (part != Part.MOMENTS) {
                Map<String, Parameter> wanted = new LinkedHashMap<>(model.parameters());
                wanted.keySet().removeIf(key -> Lora.isAdapterWeight(key) != part.ofAdapter());
                String faults = ArchitectureDifference.keys(wanted, get(part));
                if (!faults.isEmpty()) {
                    throw new CheckpointException(file + " is of another architecture: in its " + part.description + " "
                            + faults + (difference.isEmpty() ? "" : "; of its settings " + difference));
                }
            }
        }
    }

    /**
     * Copies the tensors into a training that {@link #requireFit fits}.
     *
     * @throws IllegalArgumentException if moments do not fit; nothing is changed then
     */
    public void copyTo(Module model, Ema ema, Optimizer optimizer) {
        try (GradMode _ = Torch.noGrad()) {
            optimizer.load(get(Part.MOMENTS));
            ema.load(joined(Part.EMA, Part.ADAPTER_EMA));
            StateDict values = joined(Part.WEIGHTS, Part.ADAPTER);
            model.parameters().forEach((key, parameter) -> parameter.value().copy_(values.get(key)));
        }
    }

    /** The tensors stay those of the two. */
    private StateDict joined(Part first, Part second) {
        Map<String, Tensor> all = new LinkedHashMap<>(get(first).asMap());
        all.putAll(get(second).asMap());
        return StateDict.of(all);
    }

    @Override
    public void close() {
        tensors.values().forEach(StateDict::close);
    }
}
