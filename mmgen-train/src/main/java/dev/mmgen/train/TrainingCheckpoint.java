package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.train.data.LoaderPosition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of a training, in the official {@code .pt} form: {@code model}, {@code ema}, {@code opt}, {@code args} and
 * {@code steps}, which {@code torch.load} and the official programs read, and {@code mmgen}, which holds what else an exact
 * resumption needs: the plan, the position in the data and the loss scale. Checkpoints of the official {@code train.py} can
 * be resumed too; their data starts anew.
 */
public final class TrainingCheckpoint {

    private static final System.Logger LOG = System.getLogger(TrainingCheckpoint.class.getName());
    private static final String OWN = "mmgen";
    private static final String PLAN = "plan";
    private static final int SHOWN_KEYS = 3;

    private TrainingCheckpoint() {}

    /**
     * Writes what a trainer needs to go on. The file appears under its name when it is complete and on disk; an older one
     * stays until then.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public static void write(Path file, Trainer trainer) {
        try (StateDict weights = trainer.model().state();
                StateDict averages = trainer.average().state();
                StateDict moments = trainer.optimizer().state()) {
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("model", weights);
            root.put("ema", averages);
            root.put("opt", OptimizerEntry.of(
                    weights.keys(),
                    moments,
                    trainer.plan().optimization().adamW(),
                    trainer.plan().optimization().rates(trainer.plan().steps()).at(trainer.stepsMade())));
            root.put("args", new PythonValue.Namespace(CheckpointArguments.of(trainer.plan())));
            root.put("steps", trainer.stepsMade());
            root.put(OWN, ownPart(trainer));
            PickleCheckpoint.write(file, root);
        }
    }

    private static Map<String, Object> ownPart(Trainer trainer) {
        GradScaler.State scaler = trainer.scaler().state();
        Map<String, Object> own = new LinkedHashMap<>();
        own.put(PLAN, trainer.plan().toJson());
        own.put("epoch", trainer.position().epoch());
        own.put("batch", trainer.position().batch());
        own.put("loss_scale", scaler.scale());
        own.put("good_steps", (long) scaler.goodSteps());
        return own;
    }

    /**
     * Takes a trainer to where a checkpoint was written.
     *
     * @throws TrainingException if the checkpoint is of another architecture, in which case the message names keys and
     *     settings that differ, or lacks a part
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is missing or damaged
     */
    public static void restore(Path path, Trainer trainer) {
        try (PickleCheckpoint file = PickleCheckpoint.open(path)) {
            requireParts(file);
            requireArchitecture(file, "model", trainer);
            requireArchitecture(file, "ema", trainer);
            Map<?, ?> own = file.has(OWN) && file.value(OWN) instanceof Map<?, ?> map ? map : Map.of();
            long steps = whole(file, "steps", file.value("steps"));
            LoaderPosition position = own.isEmpty()
                    ? LoaderPosition.START
                    : new LoaderPosition(whole(file, "epoch", own.get("epoch")), whole(file, "batch", own.get("batch")));
            logChangedPlan(own, trainer);
            load(file, trainer);
            loadScaler(file, own, trainer.scaler());
            trainer.resume(steps, position);
        } catch (IllegalArgumentException e) {
            throw new TrainingException(path + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    private static void load(PickleCheckpoint file, Trainer trainer) {
        Map<String, Parameter> parameters = trainer.model().parameters();
        try (StateDict weights = file.stateDict("model");
                StateDict averages = file.stateDict("ema");
                StateDict moments = OptimizerEntry.read(file, parameters);
                GradMode _ = Torch.noGrad()) {
            trainer.optimizer().load(moments);
            trainer.average().load(averages);
            parameters.forEach((key, parameter) -> parameter.value().copy_(weights.get(key)));
        }
    }

    private static void loadScaler(PickleCheckpoint file, Map<?, ?> own, GradScaler scaler) {
        if (own.get("loss_scale") instanceof Double scale) {
            scaler.load(new GradScaler.State(scale, Math.toIntExact(whole(file, "good_steps", own.get("good_steps")))));
        }
    }

    private static void requireParts(PickleCheckpoint file) {
        for (String part : List.of("model", "ema", "opt", "steps")) {
            if (!file.has(part)) {
                throw new TrainingException(file.path() + " has no '" + part + "', only " + file.keys()
                        + "; training can start from its weights, but not go on from it");
            }
        }
    }

    private static void requireArchitecture(PickleCheckpoint file, String part, Trainer trainer) {
        Map<String, TensorInfo> found = file.infos(part);
        List<String> faults = new ArrayList<>();
        trainer.model().parameters().forEach((key, parameter) -> {
            TensorInfo info = found.get(key);
            if (info == null) {
                faults.add("'" + key + "' is missing");
            } else if (!info.shape().equals(parameter.shape())) {
                faults.add("'" + key + "' is " + info.shape() + ", not " + parameter.shape());
            }
        });
        for (String key : found.keySet()) {
            if (!trainer.model().parameters().containsKey(key)) {
                faults.add("'" + key + "' is unknown");
            }
        }
        if (!faults.isEmpty()) {
            String more = faults.size() > SHOWN_KEYS ? " and " + (faults.size() - SHOWN_KEYS) + " more" : "";
            throw new TrainingException(file.path() + " is of another architecture: in '" + part + "' "
                    + String.join(", ", faults.subList(0, Math.min(SHOWN_KEYS, faults.size()))) + more
                    + settings(file, trainer));
        }
    }

    private static String settings(PickleCheckpoint file, Trainer trainer) {
        String plan = plan(file.has(OWN) && file.value(OWN) instanceof Map<?, ?> own ? own : Map.of());
        if (plan == null) {
            return "";
        }
        String different = SettingDifference.between(trainer.plan().model(), TrainingPlan.parse(plan).model());
        return different.isEmpty() ? "" : "; of its settings " + different;
    }

    private static void logChangedPlan(Map<?, ?> own, Trainer trainer) {
        String plan = plan(own);
        if (plan != null) {
            String changed = SettingDifference.between(TrainingPlan.parse(plan), trainer.plan());
            if (!changed.isEmpty()) {
                LOG.log(System.Logger.Level.INFO, "going on with other settings: {0}", changed);
            }
        }
    }

    private static @Nullable String plan(Map<?, ?> own) {
        return own.get(PLAN) instanceof String plan ? plan : null;
    }

    private static long whole(PickleCheckpoint file, String name, @Nullable Object value) {
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new TrainingException(file.path() + " has '" + name + "' of " + value + "; it must be a whole number");
    }
}
