package dev.mmgen.train;

import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A training's state as a {@code .pt} file of the official {@code train.py}, with an entry of our own. */
final class OfficialForm {

    private static final String OWN = "mmgen";
    private static final String CORRECTIONS = "lora";
    private static final String AVERAGED_CORRECTIONS = "lora_ema";

    private OfficialForm() {}

    static void write(Path file, TrainingState state, Trainer trainer) {
        TrainingPlan plan = trainer.plan();
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("model", state.weights());
        root.put("ema", state.averages());
        root.put(
                "opt",
                OptimizerEntry.of(
                        List.copyOf(trainer.model().parameters().keySet()),
                        state.moments(),
                        plan.optimization().adamW(),
                        plan.optimization().rates(plan.steps()).at(trainer.stepsMade())));
        root.put("args", new PythonValue.Namespace(CheckpointArguments.of(plan, trainer.recipe())));
        root.put("steps", state.progress().steps());
        root.put(OWN, ownPart(plan, state.progress()));
        if (trainer.lora() != null) {
            root.put(CORRECTIONS, state.corrections());
            root.put(AVERAGED_CORRECTIONS, state.averagedCorrections());
        }
        PickleCheckpoint.write(file, root);
    }

    private static Map<String, Object> ownPart(TrainingPlan plan, Progress progress) {
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("plan", plan.toJson());
        own.put("modalities", plan.modalityNames());
        own.put("epoch", progress.position().epoch());
        own.put("batch", progress.position().batch());
        if (progress.epoch() != null) {
            own.put("samples", progress.epoch().samples());
            own.put("batch_size", (long) progress.epoch().batchSize());
        }
        if (progress.scaler() != null) {
            own.put("loss_scale", progress.scaler().scale());
            own.put("good_steps", (long) progress.scaler().goodSteps());
        }
        return own;
    }

    /** Maps the state in a file. Close the result. */
    static TrainingState read(Path path, Trainer trainer) {
        try (PickleCheckpoint file = PickleCheckpoint.open(path)) {
            for (String part : List.of("model", "ema", "opt", "steps")) {
                if (!file.has(part)) {
                    throw new TrainingException(path + " has no '" + part + "', only " + file.keys()
                            + "; training can start from its weights, but not go on from it");
                }
            }
            // What is no dict of tensors is refused before anything is mapped.
            Stream.of("model", "ema", CORRECTIONS, AVERAGED_CORRECTIONS)
                    .filter(file::has)
                    .forEach(file::infos);
            Map<?, ?> own = file.has(OWN) && file.value(OWN) instanceof Map<?, ?> map ? map : Map.of();
            TrainingPlan plan = own.get("plan") instanceof String json
                    ? PlanJson.parse(path + "'s plan", json, TrainingPlan.released())
                    : null;
            Progress progress = progress(file, own);
            StateDict moments = OptimizerEntry.read(file, trainer.model().parameters());
            return new TrainingState(
                    file.stateDict("model"),
                    file.stateDict("ema"),
                    optional(file, CORRECTIONS),
                    optional(file, AVERAGED_CORRECTIONS),
                    moments,
                    progress,
                    plan);
        }
    }

    private static StateDict optional(PickleCheckpoint file, String part) {
        return file.has(part) ? file.stateDict(part) : StateDict.of(Map.of());
    }

    private static Progress progress(PickleCheckpoint file, Map<?, ?> own) {
        long steps = whole(file, "steps", file.value("steps"));
        LoaderPosition position = own.isEmpty()
                ? LoaderPosition.START
                : new LoaderPosition(whole(file, "epoch", own.get("epoch")), whole(file, "batch", own.get("batch")));
        GradScaler.State scaler = own.get("loss_scale") instanceof Double scale
                ? new GradScaler.State(scale, Math.toIntExact(whole(file, "good_steps", own.get("good_steps"))))
                : null;
        EpochSize epoch = own.containsKey("samples")
                ? new EpochSize(
                        whole(file, "samples", own.get("samples")),
                        Math.toIntExact(whole(file, "batch_size", own.get("batch_size"))))
                : null;
        return new Progress(steps, position, epoch, scaler);
    }

    private static long whole(PickleCheckpoint file, String name, @Nullable Object value) {
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new TrainingException(file.path() + " has '" + name + "' of " + value + "; it must be a whole number");
    }
}
