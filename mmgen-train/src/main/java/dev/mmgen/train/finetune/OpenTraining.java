package dev.mmgen.train.finetune;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.train.CriticTraining;
import dev.mmgen.train.Parallelism;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.Training;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LoadedBatches;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.LoaderConfig;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The trainer of a plan with what it holds open: batches, model and, where the loss has one, the critic with its own. */
final class OpenTraining implements AutoCloseable {

    private final LoadedBatches batches;
    private final DiffusionTransformer model;
    private final Trainer trainer;
    private final @Nullable OpenTraining critic;

    /**
     * The parts of a training beside its plan.
     *
     * @param data          stays the caller's
     * @param normalization of latents
     * @param first         makes a model with the first weights for a plan, with an adapter where the plan trains one
     * @param hands         among whom the work is shared out
     */
    record Parts(
            Dataset data,
            LatentNormalization normalization,
            Function<TrainingPlan, DiffusionTransformer> first,
            Parallelism hands) {

        private LoadedBatches batches(TrainingPlan plan) {
            return new LoadedBatches(
                    data, LoaderConfig.ofBatch(plan.microBatch()).withSeed(plan.seed()), normalization);
        }
    }

    private OpenTraining(
            LoadedBatches batches, DiffusionTransformer model, Trainer trainer, @Nullable OpenTraining critic) {
        this.batches = batches;
        this.model = model;
        this.trainer = trainer;
        this.critic = critic;
    }

    /** Begins with the first weights; whatever fails leaves nothing open. */
    static OpenTraining of(TrainingPlan plan, Parts parts) {
        LoadedBatches batches = null;
        DiffusionTransformer model = null;
        Trainer trainer = null;
        boolean opened = false;
        try {
            batches = parts.batches(plan);
            model = parts.first.apply(plan);
            trainer = new Trainer(plan, model, batches, parts.hands);
            OpenTraining critic = plan.loss().critic() == null ? null : of(CriticTraining.critic(plan), parts);
            opened = true;
            return new OpenTraining(batches, model, trainer, critic);
        } finally {
            if (!opened) {
                close(trainer, model, batches);
            }
        }
    }

    Trainer trainer() {
        return trainer;
    }

    /** Returns the steps to make, in turns with the critic's, whose checkpoints lie in a folder beside the model's. */
    Training<StepReport> in(Path folder) {
        return critic == null ? trainer : new CriticTraining(trainer, critic.trainer, folder.resolve("critic"));
    }

    private static void close(
            @Nullable Trainer trainer, @Nullable DiffusionTransformer model, @Nullable LoadedBatches batches) {
        if (trainer != null) {
            trainer.close();
        }
        if (model != null) {
            model.close();
        }
        if (batches != null) {
            batches.close();
        }
    }

    @Override
    public void close() {
        if (critic != null) {
            critic.close();
        }
        close(trainer, model, batches);
    }
}
