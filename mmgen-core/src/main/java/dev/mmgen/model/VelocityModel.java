package dev.mmgen.model;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model of the velocity {@code v(x, t) = dx/dt} of noisy latents: what a sampler integrates and what training fits. The
 * library's own is {@link DiffusionTransformer}; one of a user's own can be a distilled network, an ensemble or a formula.
 *
 * <p>Time runs from 0, data, to 1, noise. On the linear path the velocity is {@code noise - data}. N samples of M modalities
 * with C latent channels each have latents {@code [N, M * C, h, w]}: modality k is channels {@code k * C} to
 * {@code k * C + C - 1}.
 *
 * <p>Sampling calls a model from one thread at a time, without recording gradients and inside a
 * {@link dev.mmgen.torch.TensorScope}, which frees what a call leaves behind and its result; a tensor of no scope is refused as
 * a result, see {@link dev.mmgen.part.PartCheck}. A model that several threads sample from at once
 * must allow it.
 */
public interface VelocityModel {

    /** Returns the inputs that the model accepts, the same for its whole life. */
    Inputs inputs();

    /** Returns where the model computes: its arguments arrive there. Main memory by default. */
    default Device device() {
        return Device.CPU;
    }

    /**
     * Predicts the velocity.
     *
     * @param latents {@code [N, M * C, h, w]}, float32; h and w are multiples of the patch size
     * @param times   from 0 to 1, float32; see {@link TimeEmbedding} for the shape; N rows, or one for all samples
     * @param labels  class ids, int64 {@code [N]} or {@code [1]}; {@link Inputs#nullLabel} is "no class"
     * @param tasks   int64 {@code [N]} or {@code [1]}: 0 for joint generation, k + 1 where modality k is the condition; null is 0
     * @return {@code [N, M * C, h, w]}, a new tensor of any floating-point type, finite, on the model's device
     */
    Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks);

    /**
     * Predicts the velocity and the tokens for representation alignment (paper, section 3.3; REPA). A model without alignment
     * projectors keeps the default: no tokens.
     *
     * @return both; projections are {@code [N, T, projection width]} each
     */
    default Prediction predict(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
        return new Prediction(forward(latents, times, labels, tasks), List.of());
    }

    /**
     * Returns true if the model is a flow map: one that also answers for whole steps, see {@link #averageVelocity}. False by
     * default.
     */
    default boolean isFlowMap() {
        return false;
    }

    /**
     * Predicts the average velocity of a step from one time to another, {@code u(x_t, t, r)}: {@code x_r = x_t + (r - t) u}. Where
     * both times are the same it is the velocity.
     *
     * @param ends the times at which the step ends, in the shape of {@code times}
     * @return as of {@link #forward}
     * @throws UnsupportedOperationException if the model is no {@linkplain #isFlowMap flow map}
     */
    default Tensor averageVelocity(Tensor latents, Tensor times, Tensor ends, Tensor labels, @Nullable Tensor tasks) {
        throw new UnsupportedOperationException("the model predicts velocities alone; it is no flow map");
    }

    /**
     * The answer that a training step needs of a forward pass.
     *
     * @param velocity    {@code [N, M * C, h, w]}
     * @param projections one tensor {@code [N, T, width]} per projector
     */
    record Prediction(Tensor velocity, List<Tensor> projections) {}

    /**
     * The inputs of a velocity model: the shape of its latents, and what else it takes.
     *
     * @param modalities     M, at least 1
     * @param latentChannels C, channels per modality, at least 1
     * @param size           height and width of the latents where a request names none
     * @param patchSize      divides the height and width of all latents; 1 where any size will do
     * @param classes        number of classes, without the null class; 0 for a model that knows none
     * @param nullClass      true if the model can be asked without a class, which guidance needs
     * @param timeEmbedding  the form of the times; with {@link TimeEmbedding#SHARED} the model cannot be told that a condition
     *     is clean
     * @param taskEmbedding  whether the model is told which modality is the condition
     */
    record Inputs(
            int modalities,
            int latentChannels,
            int size,
            int patchSize,
            int classes,
            boolean nullClass,
            TimeEmbedding timeEmbedding,
            boolean taskEmbedding) {

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException naming the one that is out of range
         */
        public Inputs {
            requireAtLeast("modalities", modalities, 1);
            requireAtLeast("latentChannels", latentChannels, 1);
            requireAtLeast("patchSize", patchSize, 1);
            requireAtLeast("size", size, patchSize);
            requireAtLeast("classes", classes, 0);
            if ((long) modalities * latentChannels > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("input 'latentChannels' is " + latentChannels + " for " + modalities
                        + " modalities; their product must be at most " + Integer.MAX_VALUE);
            }
            if (size % patchSize != 0) {
                throw new IllegalArgumentException(
                        "input 'size' is " + size + "; it must be a multiple of patchSize, " + patchSize);
            }
            if (classes == 0 && !nullClass) {
                throw new IllegalArgumentException(
                        "input 'nullClass' is false, but a model of 0 classes can only be asked without a class");
            }
        }

        private static void requireAtLeast(String name, int value, int least) {
            if (value < least) {
                throw new IllegalArgumentException(
                        "input '" + name + "' is " + value + "; it must be at least " + least);
            }
        }

        /** Returns the inputs of a model without classes, patches and tasks, which is told one time per sample. */
        public static Inputs of(int modalities, int latentChannels, int size) {
            return new Inputs(modalities, latentChannels, size, 1, 0, true, TimeEmbedding.SHARED, false);
        }

        /** Returns the same inputs with latents in patches, where {@link #size} is a multiple of the patch size. */
        public Inputs withPatchSize(int newPatchSize) {
            return new Inputs(
                    modalities, latentChannels, size, newPatchSize, classes, nullClass, timeEmbedding, taskEmbedding);
        }

        /** Returns the same inputs with classes, and with a null class or without. */
        public Inputs withClasses(int newClasses, boolean newNullClass) {
            return new Inputs(
                    modalities,
                    latentChannels,
                    size,
                    patchSize,
                    newClasses,
                    newNullClass,
                    timeEmbedding,
                    taskEmbedding);
        }

        /** Returns the same inputs with times in another form. */
        public Inputs withTimeEmbedding(TimeEmbedding newTimes) {
            return new Inputs(modalities, latentChannels, size, patchSize, classes, nullClass, newTimes, taskEmbedding);
        }

        /** Returns the same inputs with or without a task. */
        public Inputs withTaskEmbedding(boolean newTasks) {
            return new Inputs(modalities, latentChannels, size, patchSize, classes, nullClass, timeEmbedding, newTasks);
        }

        /**
         * Checks that a weaker model may guide one of these inputs, see {@link dev.mmgen.sampling.Guidance}: that it draws the same
         * modalities, latents and classes. Patches, times and tasks may differ.
         *
         * @throws IllegalArgumentException if it does not; the message tells both
         */
        public void requireGuide(Inputs weaker) {
            if (!described().equals(weaker.described())) {
                throw new IllegalArgumentException("the guide draws " + weaker.described() + ", but the model draws "
                        + described() + "; take a guide that was trained on the same");
            }
        }

        private String described() {
            return modalities + " modalities of " + latentChannels + " latent channels and " + classes + " classes"
                    + (nullClass ? "" : " without a null class");
        }

        /** Returns the channels of the latents of all modalities, {@code M * C}. */
        public int channels() {
            return modalities * latentChannels;
        }

        /** Returns the label that stands for "no class": the one after the last class. */
        public int nullLabel() {
            return classes;
        }
    }
}
