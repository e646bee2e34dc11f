package dev.mmgen.examples.cli;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;

/** Weights to begin with, from a checkpoint. */
final class FirstWeights {

    private FirstWeights() {}

    /** Loads the averages; alignment projectors keep their values where the file has none. */
    static void load(DiffusionTransformer model, Path file) {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file);
                StateDict averages = checkpoint.stateDict("ema")) {
            boolean aligned = averages.keys().stream().anyMatch(key -> key.startsWith("projectors."));
            requireAllButProjectors(model, averages);
            model.load(averages, aligned ? Strictness.EXACT : Strictness.LOOSE);
        } catch (StateMismatchException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage() + "; the plan describes another model", e);
        }
    }

    private static void requireAllButProjectors(DiffusionTransformer model, StateDict averages) {
        for (String key : model.parameters().keySet()) {
            if (!key.startsWith("projectors.") && !averages.has(key)) {
                throw new IllegalArgumentException("the weights lack '" + key + "'; the plan describes another model");
            }
        }
    }
}
