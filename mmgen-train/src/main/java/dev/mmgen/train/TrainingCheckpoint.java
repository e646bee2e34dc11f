package dev.mmgen.train;

import java.nio.file.Path;

/**
 * The state of a training, in the official {@code .pt} form: {@code model}, {@code ema}, {@code opt}, {@code args} and
 * {@code steps}, which {@code torch.load} and the official programs read, and {@code mmgen}, which holds what else an exact
 * resumption needs: the plan, the position in the data and the loss scale. Checkpoints of the official {@code train.py} can
 * be resumed too; their data starts anew.
 *
 * <p>Where low-rank corrections are trained, {@code ema} has them folded in, so that it is a model as any other, and they
 * themselves are in {@code lora} and {@code lora_ema}.
 *
 * <p>A plan that saves {@linkplain Saving.Format#SAFETENSORS safetensors} gets a folder with the same content in its place.
 */
public final class TrainingCheckpoint {

    private static final System.Logger LOG = System.getLogger(TrainingCheckpoint.class.getName());

    private TrainingCheckpoint() {}

    /**
     * Writes what a trainer needs to go on, in the form that its plan names. The checkpoint appears under its name when it is
     * complete and on disk; an older one stays until then.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public static void write(Path file, Trainer trainer) {
        try (TrainingState state = TrainingState.of(trainer)) {
            switch (trainer.plan().saving().format()) {
                case PT -> OfficialForm.write(file, state, trainer);
                case SAFETENSORS -> FolderForm.write(file, state, trainer.plan(), trainer.normalization());
            }
        }
    }

    /**
     * Takes a trainer to where a checkpoint was written, of whatever form.
     *
     * @throws TrainingException if the checkpoint is of another architecture, in which case the message names keys and
     *     settings that differ, or lacks a part
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is missing or damaged
     */
    public static void restore(Path path, Trainer trainer) {
        try (TrainingState state = FolderForm.isOne(path) ? FolderForm.read(path) : OfficialForm.read(path, trainer)) {
            state.restore(path, trainer);
            logChangedPlan(state, trainer);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new TrainingException(path + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    private static void logChangedPlan(TrainingState state, Trainer trainer) {
        if (state.plan() != null) {
            String changed = SettingDifference.between(state.plan(), trainer.plan());
            if (!changed.isEmpty()) {
                LOG.log(System.Logger.Level.INFO, "going on with other settings: {0}", changed);
            }
        }
    }
}
