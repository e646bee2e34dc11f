package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.random.Draws;

/** One step as a {@link TrainingLoss} sees it: the model, the step's number and the random numbers. One thread uses it. */
public interface LossContext {

    /**
     * The input of a forward pass.
     *
     * @param latents noisy, {@code [N, M * C, h, w]}, on the model's device
     * @param times   0 at data to 1 at noise, in the shape that the model's {@link dev.mmgen.model.TimeEmbedding} wants
     * @param labels  class ids, int64 {@code [N]}, on the model's device
     * @param tasks   int64 {@code [N]}: 0 for joint generation, k + 1 where modality k is the only condition
     */
    record ModelInput(Tensor latents, Tensor times, Tensor labels, Tensor tasks) {}

    /** Returns the settings of the model. */
    TransformerConfig config();

    /** Returns where the model computes. */
    Device device();

    /** Returns how many steps were made before this one. */
    long step();

    /** Returns the random numbers of this micro-batch; the batch has taken its own from there already. */
    Draws draws();

    /** Returns the model's velocity, {@code [N, M * C, h, w]}. Ask once per step: activations are kept for one pass. */
    Tensor velocity(ModelInput input);

    /** Returns the model's velocity and its projected tokens, for representation alignment. Ask once per step. */
    VelocityModel.Prediction predict(ModelInput input);

    /**
     * Returns a flow map's average velocity from the input's times to others, {@code [N, M * C, h, w]}. Ask once per step, in place of
     * {@link #velocity}.
     *
     * @param ends in the shape of the input's times
     * @throws UnsupportedOperationException if the model is no flow map
     */
    default Tensor averageVelocity(ModelInput input, Tensor ends) {
        throw new UnsupportedOperationException("this context asks for velocities alone");
    }

    /**
     * Returns what {@link #averageVelocity} returns, without gradients, as often as wanted: a flow map learns from its own answers.
     *
     * @throws UnsupportedOperationException if the model is no flow map
     */
    default Tensor ownAnswer(ModelInput input, Tensor ends) {
        throw new UnsupportedOperationException("this context asks for velocities alone");
    }

    /**
     * Returns the tokens of the model's EMA, {@code [N, T, width]}, without gradients.
     *
     * @param depth after how many blocks, from 1
     * @throws IllegalStateException if the loss did not say that it {@linkplain TrainingLoss#needsEma needs it}
     */
    Tensor emaTokens(ModelInput input, int depth);

    /**
     * Returns the velocity of the model that the training began with, {@code [N, M * C, h, w]}, without gradients.
     *
     * @throws IllegalStateException if the loss did not say that it {@linkplain TrainingLoss#needsBase needs it}
     */
    default Tensor baseVelocity(ModelInput input) {
        throw new IllegalStateException(
                "the loss asks for the velocity of the base model, but its needsBase() is false");
    }

    /**
     * Returns the velocity of the model that is trained in turns with this one, {@code [N, M * C, h, w]}, without gradients: that of the critic
     * where the trained model learns, and the trained model's where the critic does.
     *
     * @throws IllegalStateException if there is none
     * @see TrainingLoss#critic
     */
    default Tensor rivalVelocity(ModelInput input) {
        throw new IllegalStateException("the loss asks for the velocity of a second model, and there is none;"
                + " train it by a CriticTraining, or as a FineTuning");
    }
}
