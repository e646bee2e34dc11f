package dev.mmgen.train;

import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.checkpoint.TrainingFolder;
import dev.mmgen.train.loss.TrainingLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A training in which a critic learns beside the model, in turns: a step of the critic, then one of the model, each of which asks the
 * other. The steps, the reports and the checkpoints are the model's; the critic's checkpoints lie in a folder of their own, and both go on
 * together.
 *
 * <p>If a step of the model fails, the critic has made its own; checkpoints from before go on exactly.
 */
public final class CriticTraining implements Training<StepReport> {

    /** Times the model's rate: a critic that follows too slowly tells of a model that is gone (Heusel et al., 2017). */
    private static final double RATE = 2;

    private final Trainer model;
    private final Trainer critic;
    private final Path folder;

    /**
     * Joins two trainers, which stay the caller's.
     *
     * @param model  with a loss that has a {@linkplain TrainingLoss#critic critic}
     * @param critic with that loss, {@linkplain #critic(TrainingPlan) the rest} as the model's
     * @param folder of the critic's checkpoints
     */
    public CriticTraining(Trainer model, Trainer critic, Path folder) {
        this.model = model.asking(critic.model());
        this.critic = critic.asking(model.model());
        this.folder = folder;
    }

    /**
     * Returns the plan of a model's critic: other noise, twice the learning rate, and a checkpoint more, since it is written first. All weights of
     * a critic learn, also beside an adapter: it is not kept, and one that cannot tell what the model has become teaches it nothing more.
     *
     * @throws IllegalArgumentException if the loss has no critic
     */
    public static TrainingPlan critic(TrainingPlan plan) {
        TrainingLoss loss = plan.loss().critic();
        if (loss == null) {
            throw new IllegalArgumentException(
                    "the loss " + plan.loss().getClass().getName() + " has no critic; train with a Trainer alone");
        }
        Checkpointing times = plan.checkpointing();
        return plan.toBuilder()
                .loss(loss)
                .lora(null)
                .optimization(optimization(plan))
                .seed(plan.seed() + 1)
                .checkpointing(times.keep() == 0 ? times : times.withKeep(times.keep() + 1))
                .build();
    }

    /** An adapter's rate, and its factors for parts of it, are not those of a whole model. */
    private static Optimization optimization(TrainingPlan plan) {
        Optimization own = plan.optimization();
        boolean adapts = plan.lora() != null;
        double rate = RATE * own.learningRate() / (adapts ? Optimization.ADAPTER_RATE : 1);
        return own.toBuilder()
                .learningRate(Math.min(LearningRate.MAX, rate))
                .rateFactors(adapts ? List.of() : own.rateFactors())
                .build();
    }

    @Override
    public StepReport step() {
        critic.step();
        return model.step();
    }

    @Override
    public @Nullable ProcessGroup group() {
        return model.group();
    }

    @Override
    public long stepsMade() {
        return model.stepsMade();
    }

    @Override
    public long steps() {
        return model.steps();
    }

    @Override
    public Checkpointing checkpointing() {
        return model.checkpointing();
    }

    /**
     * Writes the critic's checkpoint, then the model's: where there is the second, there is the first. After a failure the critic is a step
     * ahead, and what it has is not written over the checkpoint that goes with the model's.
     */
    @Override
    public void save(Path file) {
        if (critic.stepsMade() == model.stepsMade()) {
            try (TrainingFolder own = TrainingFolder.open(folder)) {
                critic.save(criticAt(own));
                own.keepLatest(critic.checkpointing().keep());
            }
        }
        model.save(file);
    }

    @Override
    public void restore(Path file) {
        model.restore(file);
        Path beside = criticAt(TrainingFolder.watch(folder));
        if (!Files.exists(beside)) {
            throw new CheckpointException(file + " cannot be resumed: its critic's checkpoint " + beside
                    + " is missing; put it back, or go on from an earlier checkpoint");
        }
        critic.restore(beside);
    }

    private Path criticAt(TrainingFolder own) {
        return own.checkpoint(model.stepsMade(), critic.checkpointing().format());
    }
}
