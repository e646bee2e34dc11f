package dev.mmgen.train;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.lora.Lora;
import dev.mmgen.train.lora.LoraConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a training goes on from, whatever file it is in.
 *
 * @param weights             under the model's usual names, without corrections
 * @param averages            the same, with averaged corrections folded in: a model by themselves
 * @param corrections         low-rank ones, by name; empty where all weights are trained
 * @param averagedCorrections of the same names
 * @param moments             as {@link dev.mmgen.torch.optim.AdamW#state} names them
 * @param progress            the rest
 * @param plan                that it was made under; null where the file does not tell
 */
record TrainingState(
        StateDict weights,
        StateDict averages,
        StateDict corrections,
        StateDict averagedCorrections,
        StateDict moments,
        Progress progress,
        @Nullable TrainingPlan plan)
        implements AutoCloseable {

    /** The settings that keys and shapes follow from. */
    private record Architecture(
            TransformerConfig model, @Nullable LoraConfig lora) {
        static Architecture of(TrainingPlan plan) {
            return new Architecture(plan.model(), plan.lora());
        }
    }

    /** Returns the state of a trainer. Tensors share its storage. Close the result. */
    static TrainingState of(Trainer trainer) {
        StateDict weights = trainer.model().state();
        StateDict averages = trainer.average().state();
        StateDict rest = part(averages, key -> !Lora.isCorrection(key));
        Lora lora = trainer.lora();
        StateDict whole = rest;
        if (lora != null) {
            whole = lora.fold(averages);
            rest.close();
        }
        return new TrainingState(
                part(weights, key -> !Lora.isCorrection(key)),
                whole,
                part(weights, Lora::isCorrection),
                part(averages, Lora::isCorrection),
                trainer.update().optimizer().state(),
                Progress.of(trainer),
                trainer.plan());
    }

    private static StateDict part(StateDict all, Predicate<String> wanted) {
        Map<String, Tensor> part = new LinkedHashMap<>(all.asMap());
        part.keySet().removeIf(wanted.negate());
        return StateDict.of(part);
    }

    /**
     * Takes a trainer here.
     *
     * @throws TrainingException if this is of another architecture; keys and settings that differ are named
     * @throws IllegalArgumentException if moments or the place in the data do not fit
     */
    void restore(Path file, Trainer trainer) {
        Predicate<String> correction = Lora::isCorrection;
        requireArchitecture(file, "weights", weights, trainer, correction.negate());
        requireArchitecture(file, "averages", averages, trainer, correction.negate());
        requireArchitecture(file, "corrections", corrections, trainer, correction);
        requireArchitecture(file, "averaged corrections", averagedCorrections, trainer, correction);
        try (GradMode _ = Torch.noGrad()) {
            trainer.update().optimizer().load(moments);
            trainer.average().load(joined(averages, averagedCorrections));
            StateDict values = joined(weights, corrections);
            trainer.model()
                    .parameters()
                    .forEach((key, parameter) -> parameter.value().copy_(values.get(key)));
        }
        if (progress.scaler() != null) {
            trainer.update().scaler().load(progress.scaler());
        }
        trainer.resume(progress);
    }

    /** The tensors stay those of the two. */
    private static StateDict joined(StateDict first, StateDict second) {
        Map<String, Tensor> all = new LinkedHashMap<>(first.asMap());
        all.putAll(second.asMap());
        return StateDict.of(all);
    }

    private void requireArchitecture(
            Path file, String part, StateDict found, Trainer trainer, Predicate<String> concerned) {
        Map<String, Parameter> wanted = new LinkedHashMap<>(trainer.model().parameters());
        wanted.keySet().removeIf(concerned.negate());
        String faults = ArchitectureDifference.keys(wanted, found);
        if (!faults.isEmpty()) {
            throw new TrainingException(file + " is of another architecture: in its " + part + " " + faults
                    + differentSettings(trainer.plan()));
        }
    }

    private String differentSettings(TrainingPlan wanted) {
        if (plan == null) {
            return "";
        }
        String different = SettingDifference.between(Architecture.of(wanted), Architecture.of(plan));
        return different.isEmpty() ? "" : "; of its settings " + different;
    }

    @Override
    public void close() {
        List.of(weights, averages, corrections, averagedCorrections, moments).forEach(StateDict::close);
    }
}
