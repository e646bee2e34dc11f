package dev.mmgen.sampling;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Shape;

/** Whether a request fits a model. */
final class RequestCheck {

    private final SamplingRequest request;
    private final TransformerConfig config;

    RequestCheck(SamplingRequest request, TransformerConfig config) {
        this.request = request;
        this.config = config;
    }

    /** Checks everything; the message of the exception names the setting and what it may be. */
    void run() {
        requireMultiple(request.height(), "height");
        requireMultiple(request.width(), "width");
        request.labels().forEach(this::requireLabel);
        if (request.guidance().scale() != 1 && !config.nullClass()) {
            throw new IllegalArgumentException(
                    "guidance of " + request.guidance().scale()
                            + " needs a model with a null class, which this one lacks; use Guidance.NONE");
        }
        request.known().forEach(this::requireFit);
        if (request.known().size() == modalities()
                && request.known().values().stream().allMatch(known -> known.keep() == null)) {
            throw new IllegalArgumentException(
                    "all " + modalities() + " modalities are conditions; none is left to draw");
        }
    }

    private void requireMultiple(int size, String name) {
        if (size % config.patchSize() != 0) {
            throw new IllegalArgumentException("the latents' " + name + " is " + size
                    + "; it must be a multiple of the patch size " + config.patchSize());
        }
    }

    private void requireLabel(int label) {
        if (label == SamplingRequest.NO_CLASS) {
            if (!config.nullClass()) {
                throw new IllegalArgumentException(
                        "sampling without a class needs a model with a null class, which this one lacks");
            }
        } else if (label < 0 || label >= config.classes()) {
            throw new IllegalArgumentException(
                    "class id " + label + " is outside the model's table; ids are from 0 to " + (config.classes() - 1));
        }
    }

    private void requireFit(int modality, KnownLatent known) {
        if (modality < 0 || modality >= modalities()) {
            throw new IllegalArgumentException(
                    "modality " + modality + " does not exist; this model's are from 0 to " + (modalities() - 1));
        }
        long height = BatchPlan.size(request.height(), config);
        long width = BatchPlan.size(request.width(), config);
        Shape given = known.latent().shape();
        long samples =
                given.rank() == 4 && given.size(0) == 1 ? 1 : request.labels().size();
        Shape wanted = Shape.of(samples, config.latentChannels(), height, width);
        if (!given.equals(wanted)) {
            throw new IllegalArgumentException(
                    "the latent given for modality " + modality + " has shape " + given + "; it must be " + wanted);
        }
        if (known.keep() != null && !known.keep().shape().equals(Shape.of(height, width))) {
            throw new IllegalArgumentException("the mask given for modality " + modality + " has shape "
                    + known.keep().shape() + "; it must be " + Shape.of(height, width));
        }
    }

    private int modalities() {
        return config.inputChannels() / config.latentChannels();
    }
}
