package dev.mmgen.train.checkpoint;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.weights.FileAccess;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.checkpoint.Progress.Spelling;
import dev.mmgen.train.checkpoint.TrainingState.Part;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint in the official {@code .pt} form: {@code model}, {@code ema}, {@code opt}, {@code args} and {@code steps},
 * which {@code torch.load} and the official programs read, and {@code mmgen}, which holds what else an exact resumption needs:
 * the plan, the position in the data and the loss scale. Checkpoints of the official {@code train.py} can be gone on from too;
 * their data starts anew.
 *
 * <p>Where a LoRA adapter is trained, {@code ema} has it folded in, so that it is a model as any other, and the adapter
 * itself is in {@code lora} and {@code lora_ema}.
 */
public final class PtCheckpoint {

    private static final String OWN = "mmgen";

    /** Entries of an autoencoder's checkpoint of before, which had no {@link #OWN}. */
    private static final List<String> OLD_OWN = List.of("plan", "epoch", "batch", "samples", "batch_size");

    private PtCheckpoint() {}

    /**
     * The entries of a file beside the state.
     *
     * @param arguments  that the official programs look for
     * @param model      what is written about the model beside its weights, see {@link #model}
     * @param optimizer  what PyTorch's AdamW looks for
     */
    public record Details(Map<String, Object> arguments, Map<String, Object> model, OptimizerGroup optimizer) {}

    /**
     * The optimizer as PyTorch describes it.
     *
     * @param parameters names of all, in the module's order
     * @param settings   of AdamW
     * @param rate       the learning rate of the next step
     */
    public record OptimizerGroup(List<String> parameters, AdamW.Settings settings, double rate) {}

    /**
     * Writes a state. The file appears under its name when it is complete and on disk; an older one stays until then.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public static void write(Path file, TrainingState state, Details details) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put(Part.WEIGHTS.key(), state.get(Part.WEIGHTS));
        root.put(Part.EMA.key(), state.get(Part.EMA));
        root.put(Part.MOMENTS.key(), OptimizerEntry.of(details.optimizer(), state.get(Part.MOMENTS)));
        root.put("args", new PythonValue.Namespace(details.arguments()));
        root.put("steps", state.progress().steps());
        root.put(OWN, own(state, details.model()));
        for (Part part : List.of(Part.ADAPTER, Part.ADAPTER_EMA)) {
            if (!state.get(part).keys().isEmpty()) {
                root.put(part.key(), state.get(part));
            }
        }
        PickleCheckpoint.write(file, root);
    }

    /** Returns the entries of a file with the settings of a model folder, by which {@code convert} needs no options. */
    public static Map<String, Object> model(ModelConfig settings) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("modalities", settings.modalityNames());
        if (settings.latents() instanceof LatentNormalization.Stored) {
            ByteArrayOutputStream json = new ByteArrayOutputStream();
            settings.write(json);
            entries.put("config", json.toString(StandardCharsets.UTF_8));
        }
        return entries;
    }

    private static Map<String, Object> own(TrainingState state, Map<String, Object> model) {
        Map<String, Object> own = new LinkedHashMap<>();
        if (state.plan() != null) {
            own.put("plan", state.plan());
        }
        own.putAll(model);
        own.putAll(state.progress().named(Spelling.SNAKE));
        return own;
    }

    /**
     * Reads the state in a file, whose numbers are compared with their checksums: a flipped bit would train on. Close the
     * result.
     *
     * @param parameters of the model, in its order
     * @throws CheckpointException if a part is missing, or a number is out of range
     */
    static TrainingState read(Path path, List<String> parameters) {
        try (PickleCheckpoint file = PickleCheckpoint.open(path, FileAccess.READ)) {
            for (String part : List.of("model", "ema", "opt", "steps")) {
                if (!file.has(part)) {
                    throw new CheckpointException(path + " has no '" + part + "', only " + file.keys()
                            + "; training can start from its weights, but not go on from it");
                }
            }
            // What is no dict of tensors is refused before anything is mapped.
            Stream.of(Part.WEIGHTS, Part.EMA, Part.ADAPTER, Part.ADAPTER_EMA)
                    .map(Part::key)
                    .filter(file::has)
                    .forEach(file::infos);
            Map<?, ?> own = own(file);
            Progress progress = Progress.read(path, file.value("steps"), own, Spelling.SNAKE);
            Map<Part, StateDict> tensors = new EnumMap<>(Part.class);
            tensors.put(Part.MOMENTS, moments(file, parameters));
            for (Part part : List.of(Part.WEIGHTS, Part.EMA, Part.ADAPTER, Part.ADAPTER_EMA)) {
                tensors.put(part, file.has(part.key()) ? file.stateDict(part.key()) : StateDict.of(Map.of()));
            }
            return new TrainingState(tensors, progress, own.get("plan") instanceof String plan ? plan : null);
        }
    }

    /** Moments have numbers, which mean nothing in another architecture: it is refused by its weights, which have names. */
    private static StateDict moments(PickleCheckpoint file, List<String> parameters) {
        int inFile = Stream.of(Part.WEIGHTS, Part.ADAPTER)
                .map(Part::key)
                .filter(file::has)
                .mapToInt(part -> file.infos(part).size())
                .sum();
        return inFile == parameters.size() ? OptimizerEntry.read(file, parameters) : StateDict.of(Map.of());
    }

    private static Map<?, ?> own(PickleCheckpoint file) {
        if (file.has(OWN)) {
            return file.value(OWN) instanceof Map<?, ?> own ? own : Map.of();
        }
        Map<String, @Nullable Object> old = new LinkedHashMap<>();
        OLD_OWN.stream().filter(file::has).forEach(name -> old.put(name, file.value(name)));
        return old;
    }
}
