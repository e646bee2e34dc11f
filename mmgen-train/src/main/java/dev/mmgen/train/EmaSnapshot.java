package dev.mmgen.train;

import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.weights.FileAccess;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.FolderCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of either form, of which only the EMA is wanted.
 *
 * @param path  of the {@code .pt} file or the folder
 * @param steps after which it was written
 * @param plan  of its training; null in official checkpoints, which do not tell
 */
record EmaSnapshot(Path path, long steps, @Nullable TrainingPlan plan) {

    private static final String EMA = "ema";
    private static final String STEPS = "steps";
    private static final String OWN = "mmgen";

    /** Reads what a checkpoint tells; it throws a {@link CheckpointException} if it is none of a transformer's training. */
    static EmaSnapshot of(Path path) {
        return Files.isDirectory(path) ? ofFolder(path) : ofFile(path);
    }

    private static EmaSnapshot ofFolder(Path path) {
        FolderCheckpoint.Summary summary = FolderCheckpoint.summary(path);
        return new EmaSnapshot(path, summary.steps(), TrainingPlan.parse(path.toString(), summary.plan()));
    }

    private static EmaSnapshot ofFile(Path path) {
        try (PickleCheckpoint file = PickleCheckpoint.open(path)) {
            if (file.has(EMA) && file.has(STEPS) && file.value(STEPS) instanceof Long steps) {
                String plan = file.has(OWN)
                                && file.value(OWN) instanceof Map<?, ?> own
                                && own.get("plan") instanceof String text
                        ? text
                        : null;
                return new EmaSnapshot(path, steps, plan == null ? null : TrainingPlan.parse(path.toString(), plan));
            }
            throw new CheckpointException(
                    path + " has no 'ema' and 'steps', only " + file.keys() + "; it is no checkpoint of a training");
        }
    }

    /** Returns how the EMA was kept. */
    Optimization optimization() {
        return plan == null ? Optimization.RELEASED : plan.optimization();
    }

    /** Checks that this is a later checkpoint of the same training. */
    void requireAfter(EmaSnapshot before) {
        if (steps <= before.steps) {
            throw new CheckpointException(path + " is of step " + steps + ", the one before it, " + before.path
                    + ", of step " + before.steps + "; name the checkpoints of one training in their order");
        }
        if (plan != null && before.plan != null) {
            requireSame("seed", plan.seed(), before.plan.seed(), before);
            requireSame(
                    "optimization.muon",
                    plan.optimization().muon(),
                    before.plan.optimization().muon(),
                    before);
        }
    }

    private void requireSame(String setting, Object here, Object there, EmaSnapshot before) {
        if (!here.equals(there)) {
            throw new CheckpointException(path + " and " + before.path + " are of different trainings: setting '"
                    + setting + "' is " + here + " in the one and " + there + " in the other");
        }
    }

    /** Reads the weights. Close the result. */
    StateDict ema() {
        if (Files.isDirectory(path)) {
            return FolderCheckpoint.ema(path);
        }
        try (PickleCheckpoint file = PickleCheckpoint.open(path, FileAccess.READ)) {
            return file.stateDict(EMA);
        }
    }

    /** Writes other weights in this form, with these settings and without what a training goes on with. */
    void write(Path target, StateDict weights) {
        if (Files.isDirectory(path)) {
            writeFolder(target, weights);
        } else {
            writeFile(target, weights);
        }
    }

    private void writeFolder(Path target, StateDict weights) {
        Path autoencoder = path.resolve(ModelFolder.AUTOENCODER);
        try (AtomicFolder folder = AtomicFolder.open(target)) {
            ModelFolder.write(folder.path(), ModelFolder.open(path).config(), weights);
            if (Files.isDirectory(autoencoder)) {
                AutoencoderFolder.copy(autoencoder, folder.path().resolve(ModelFolder.AUTOENCODER));
            }
            folder.commit();
        } catch (IOException e) {
            throw new CheckpointException(target + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private void writeFile(Path target, StateDict weights) {
        try (PickleCheckpoint last = PickleCheckpoint.open(path)) {
            Map<String, @Nullable Object> root = new LinkedHashMap<>();
            root.put(EMA, weights);
            if (last.has("args") && last.value("args") instanceof Map<?, ?> arguments) {
                Map<String, @Nullable Object> named = new LinkedHashMap<>();
                arguments.forEach((name, value) -> named.put(String.valueOf(name), value));
                root.put("args", new PythonValue.Namespace(named));
            }
            for (String entry : List.of(STEPS, OWN)) {
                if (last.has(entry)) {
                    root.put(entry, last.value(entry));
                }
            }
            PickleCheckpoint.write(target, root);
        }
    }
}
