package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.train.batch.TrainingBatch;
import org.jspecify.annotations.Nullable;

/**
 * The quantity that a training minimises, and open: {@link VelocityLoss} is the paper's, a program may bring its own. A loss noises
 * a batch, asks the model about it and compares the answer.
 *
 * <p>A loss keeps no state between steps, so that a resumed training goes on exactly; several threads may use it at the same
 * time. All randomness comes from {@link LossContext#draws}. An exception, a null or a result of another shape ends the step
 * with a message that names the loss's class. A plan's JSON and a checkpoint hold the settings of a {@link VelocityLoss}; of
 * another loss they hold the class's name, see {@link AbsentPart}.
 */
public interface TrainingLoss {

    /**
     * Computes the loss of a micro-batch.
     *
     * @param context asks the model; forward passes run in the plan's precision
     * @param batch   in the main memory but for its latents, which are on the model's device
     * @return tensors that belong to the current scope; gradients flow from the total through {@code context}
     */
    LossTerms compute(LossContext context, TrainingBatch batch);

    /**
     * Checks that a model can be trained with this loss.
     *
     * @throws IllegalArgumentException naming the setting that does not fit
     */
    default void requireFit(TransformerConfig model) {}

    /** Returns true if batches must come with features of an image encoder. */
    default boolean needsFeatures() {
        return false;
    }

    /** Returns true if the loss asks for {@link LossContext#emaTokens}: the trainer then keeps a second model. */
    default boolean needsEma() {
        return false;
    }

    /**
     * Returns true if the loss asks for {@link LossContext#baseVelocity}: the trainer then keeps a copy of the model as it was
     * when the trainer was made.
     */
    default boolean needsBase() {
        return false;
    }

    /**
     * Returns the loss of a critic: a second model, which begins with the same weights and learns beside the one that is trained. Each of the
     * two losses asks the other's model by {@link LossContext#rivalVelocity}. Null, the default, for none.
     *
     * @see dev.mmgen.train.CriticTraining
     */
    default @Nullable TrainingLoss critic() {
        return null;
    }

    /**
     * Returns true if every sample must have all modalities, since the loss asks a model what it answers to them. By default a
     * sample may lack some.
     */
    default boolean needsAllModalities() {
        return false;
    }

    /** Returns the path from data to noise that the model learns, which samplers then follow. The default is linear. */
    default Interpolant path() {
        return Interpolant.linear();
    }
}
