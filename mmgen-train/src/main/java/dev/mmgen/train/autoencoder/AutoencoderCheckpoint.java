package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.ArchitectureDifference;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of a training, as {@code torch.load} reads it: {@code model}, {@code ema}, the optimizer's {@code opt},
 * {@code steps}, the {@code plan} as JSON, and {@code epoch} and {@code batch} where the next step begins in the data,
 * of {@code samples} in batches of {@code batch_size}.
 */
final class AutoencoderCheckpoint {

    private static final List<String> PARTS = List.of("model", "ema", "opt", "steps", "plan", "epoch", "batch");

    private AutoencoderCheckpoint() {}

    static void write(Path file, AutoencoderTrainer trainer) {
        try (StateDict weights = trainer.model().state();
                StateDict averages = trainer.update().average().state();
                StateDict moments = trainer.update().optimizer().state()) {
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("model", weights);
            root.put("ema", averages);
            root.put("opt", moments);
            root.put("steps", trainer.stepsMade());
            root.put("plan", trainer.plan().toJson());
            root.put("epoch", trainer.position().epoch());
            root.put("batch", trainer.position().batch());
            root.put("samples", trainer.epochSize().samples());
            root.put("batch_size", (long) trainer.epochSize().batchSize());
            PickleCheckpoint.write(file, root);
        }
    }

    static void restore(Path path, AutoencoderTrainer trainer) {
        try (PickleCheckpoint file = PickleCheckpoint.open(path)) {
            requireParts(file);
            LoaderPosition position = position(file, trainer.epochSize());
            try (StateDict weights = file.stateDict("model");
                    StateDict averages = file.stateDict("ema");
                    StateDict moments = file.stateDict("opt")) {
                requireArchitecture(path, weights, trainer.model());
                trainer.update().average().load(averages);
                trainer.update().optimizer().load(moments);
                copy(weights, trainer.model());
            }
            trainer.resume(whole(file, "steps"), position);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new TrainingException(path + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    private static LoaderPosition position(PickleCheckpoint file, EpochSize now) {
        LoaderPosition position = new LoaderPosition(whole(file, "epoch"), whole(file, "batch"));
        return file.has("samples")
                ? now.at(position, new EpochSize(whole(file, "samples"), Math.toIntExact(whole(file, "batch_size"))))
                : position;
    }

    private static void copy(StateDict weights, AutoencoderKl model) {
        try (GradMode _ = Torch.noGrad()) {
            model.parameters().forEach((key, parameter) -> parameter.value().copy_(weights.get(key)));
        }
    }

    private static void requireParts(PickleCheckpoint file) {
        for (String part : PARTS) {
            if (!file.has(part)) {
                throw new TrainingException(file.path() + " has no '" + part + "', only " + file.keys()
                        + "; it is no checkpoint of an autoencoder's training");
            }
        }
    }

    private static void requireArchitecture(Path path, StateDict found, AutoencoderKl model) {
        String faults = ArchitectureDifference.keys(model.parameters(), found);
        if (!faults.isEmpty()) {
            throw new TrainingException(path + " is of another architecture: " + faults);
        }
    }

    private static long whole(PickleCheckpoint file, String name) {
        Object value = file.value(name);
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new TrainingException(file.path() + " has '" + name + "' of " + value + "; it must be a whole number");
    }
}
