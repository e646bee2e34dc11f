package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossContext.ModelInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The loss of reading photos in one step, end to end through the decoder (Martin Garcia et al., 2025): from the photo, and zeros in place of
 * the noise, the model goes to the data at once, as {@link dev.mmgen.sampling.DirectSampler} does; what the decoder makes of that is compared with
 * what it makes of the truth, by the error that the task is measured with. A share of the samples keeps the velocities at all times, so that
 * the model still draws.
 *
 * @param velocity how the other samples are noised and supervised, and the weights of the modalities; without alignment
 * @param photo    the slot of the photo
 * @param errors   one per modality; that of the photo is not asked
 * @param plain    share of the samples that learn velocities, 0 to 1, at the beginning of each batch; 0.25 is usual
 * @param decoder  of the model's autoencoder
 */
public record ReadingLoss(
        VelocityLoss velocity, int photo, List<PictureError> errors, double plain, PictureDecoder decoder)
        implements TrainingLoss {

    /** Directions shorter than this have none. */
    private static final double SHORTEST = 1e-3;

    private static final int NAMED = 4;

    /** The error of a picture that was read, 0 where it is right. */
    public enum PictureError {
        /** The mean absolute difference of colours: depth, labels and all that are levels. */
        ABSOLUTE,
        /** One minus the cosine of the angle between two directions: normals. */
        ANGULAR;

        private Tensor of(Tensor read, Tensor truth) {
            return switch (this) {
                case ABSOLUTE -> read.sub(truth).abs().mean(1, 2, 3);
                case ANGULAR -> {
                    Tensor lengths = length(read).mul(length(truth));
                    yield read.mul(truth).sum(1).div(lengths).neg().add(1).mean(1, 2);
                }
            };
        }

        private static Tensor length(Tensor directions) {
            return directions.mul(directions).sum(1).add(SHORTEST * SHORTEST).sqrt();
        }
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public ReadingLoss {
        Objects.requireNonNull(velocity, "velocity");
        Objects.requireNonNull(decoder, "decoder");
        errors = List.copyOf(errors);
        if (photo < 0 || photo >= errors.size()) {
            throw new IllegalArgumentException(
                    "setting 'photo' is " + photo + "; it must be a slot of the " + errors.size() + " modalities");
        }
        if (!(plain >= 0 && plain < 1)) {
            throw new IllegalArgumentException(
                    "setting 'plain' is " + plain + "; it must be from 0 to less than 1, or nothing is read");
        }
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        return LossTerms.keeping(() -> {
            NoisyBatch noisy = velocity.prepare(context.config(), batch, context.draws());
            int samples = batch.samples();
            int kept = Math.min(samples - 1, (int) Math.round(plain * samples));
            Tensor answer = context.velocity(input(context, noisy, batch.latents(), kept))
                    .to(DType.FLOAT32);
            Tensor errors = perSample(noisy, answer, batch.latents(), kept);
            return velocity.terms(supervised(noisy, kept), errors, null);
        });
    }

    /** Returns the input with the photo, and zeros elsewhere, in all samples from a certain one. */
    private ModelInput input(LossContext context, NoisyBatch noisy, Tensor latents, int from) {
        ModelInput seen = noisy.input();
        ModalityMask photoAlone =
                ModalityMask.of(noisy.plan().conditions().samples(), errors.size(), (_, m) -> m == photo);
        Tensor given = photoAlone.overChannels(noisy.noise());
        Tensor reading = latents.to(DType.FLOAT32).mul(given);
        Tensor tasks = Torch.full(
                photo + 1.0, DType.INT64, latents.device(), seen.tasks().shape());
        return new ModelInput(
                joined(seen.latents(), reading, from),
                joined(seen.times(), given.neg().add(1), from),
                labels(context.config(), seen.labels(), from),
                joined(seen.tasks(), tasks, from));
    }

    /** Nobody names the class of most photos that are read: three of four have none here. */
    private static Tensor labels(TransformerConfig model, Tensor labels, int from) {
        long[] classes = labels.toLongs();
        for (int i = from; i < classes.length && model.nullClass(); i++) {
            classes[i] = i % NAMED == 0 ? classes[i] : model.nullLabel();
        }
        return Torch.tensor(classes).to(labels.device());
    }

    private static Tensor joined(Tensor before, Tensor after, int from) {
        return Torch.cat(List.of(before.slice(0, 0, from), after.slice(0, from, after.size(0))), 0);
    }

    private Tensor perSample(NoisyBatch noisy, Tensor answer, Tensor latents, int from) {
        Tensor velocities = velocity.errors(noisy, answer).slice(0, 0, from);
        long samples = latents.size(0);
        Tensor read = answer.neg().slice(0, from, samples);
        Tensor truth = latents.to(DType.FLOAT32).slice(0, from, samples);
        int channels = Math.toIntExact(latents.size(1) / errors.size());
        List<Tensor> perModality = new ArrayList<>();
        for (int m = 0; m < errors.size(); m++) {
            if (m == photo) {
                perModality.add(Torch.full(0, DType.FLOAT32, latents.device(), Shape.of(samples - from, 1)));
            } else {
                perModality.add(error(m, slot(read, m, channels), slot(truth, m, channels))
                        .unsqueeze(1));
            }
        }
        return Torch.cat(List.of(velocities, Torch.cat(perModality, 1)), 0);
    }

    private Tensor error(int modality, Tensor read, Tensor truth) {
        Tensor right =
                TensorScope.keeping(() -> decoder.pictures(truth, modality).detach());
        return errors.get(modality).of(decoder.pictures(read, modality), right);
    }

    private static Tensor slot(Tensor latents, int modality, int channels) {
        return latents.slice(1, (long) modality * channels, (modality + 1L) * channels);
    }

    private ModalityMask supervised(NoisyBatch noisy, int from) {
        ModalityMask plan = noisy.plan().supervised();
        return ModalityMask.of(plan.samples(), plan.modalities(), (i, m) -> i < from ? plan.has(i, m) : m != photo);
    }

    @Override
    public void requireFit(TransformerConfig model) {
        velocity.requireFit(model);
        if (errors.size() != model.modalities()) {
            throw new IllegalArgumentException("setting 'errors' lists " + errors.size() + ", but the model has "
                    + model.modalities() + " modalities");
        }
        if (model.timeEmbedding() != TimeEmbedding.PER_MODALITY) {
            throw new IllegalArgumentException("a model with times " + model.timeEmbedding()
                    + " cannot be told that a photo is clean where all else is noise; it must take times per modality");
        }
        if (!velocity.path().equals(Interpolant.linear())) {
            throw new IllegalArgumentException("setting 'path' is " + velocity.path()
                    + "; one step goes from noise to data on the linear path alone");
        }
        Teacher.requirePlain(velocity);
    }

    @Override
    public boolean needsAllModalities() {
        return true;
    }

    @Override
    public Interpolant path() {
        return velocity.path();
    }
}
