package dev.mmgen.sampling;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** The check that a request fits a model; a message names the setting that does not, and what it may be. */
final class RequestCheck {

    private final SamplingRequest request;
    private final VelocityModel.Inputs inputs;
    private final Interpolant path;
    private final Shape shape;
    private final boolean flowMap;
    private final boolean guide;

    /**
     * @param shape   of the batch, {@code [N, M * C, h, w]}
     * @param flowMap true if the model is one
     * @param guide   true if a weaker model guides, so that no null class is needed for that
     */
    RequestCheck(
            SamplingRequest request,
            VelocityModel.Inputs inputs,
            Interpolant path,
            Shape shape,
            boolean flowMap,
            boolean guide) {
        this.request = request;
        this.inputs = inputs;
        this.path = path;
        this.shape = shape;
        this.flowMap = flowMap;
        this.guide = guide;
    }

    void run() {
        if (request.sampler().needsFlowMap() && !flowMap) {
            throw new IllegalArgumentException(
                    "a sampler that jumps needs a flow map, and this model predicts velocities"
                            + " alone; use another sampler, or distil the model (Student, mmgen distill)");
        }
        if (request.sampler().readsWithoutNoise()) {
            DirectSampler.requireFit(request, inputs, path);
        }
        requireMultiple(request.height(), "height");
        requireMultiple(request.width(), "width");
        request.labels().forEach(this::requireLabel);
        if (request.guidance().scale() != 1 && !guide && !inputs.nullClass()) {
            throw new IllegalArgumentException(
                    "guidance of " + request.guidance().scale()
                            + " needs a model with a null class, which this one lacks; use Guidance.NONE, or a weaker"
                            + " model as its guide");
        }
        if (request.guidance().conditionScale() != 1
                && !request.conditions().isEmpty()
                && inputs.timeEmbedding() == TimeEmbedding.SHARED) {
            throw new IllegalArgumentException(
                    "condition guidance of "
                            + request.guidance().conditionScale()
                            + " needs a model that is told times per modality, and this one has one time for all; leave it at 1");
        }
        request.conditions().forEach((modality, latent) -> requireLatent(modality, latent, "condition"));
        request.inpainting().forEach((modality, inpainting) -> {
            requireLatent(modality, inpainting.latent(), "latent to inpaint");
            requireRegion(modality, inpainting.region());
        });
        if (request.start() != null) {
            requireStart(request.start().shape());
        }
        if (request.conditions().size() == inputs.modalities()) {
            throw new IllegalArgumentException(
                    "all " + inputs.modalities() + " modalities are conditions; none is left to draw");
        }
    }

    private void requireMultiple(int size, String name) {
        if (size % inputs.patchSize() != 0) {
            throw new IllegalArgumentException("the latents' " + name + " is " + size
                    + "; it must be a multiple of the patch size " + inputs.patchSize());
        }
    }

    private void requireLabel(int label) {
        if (label == SamplingRequest.NO_CLASS) {
            if (!inputs.nullClass()) {
                throw new IllegalArgumentException(
                        "sampling without a class needs a model with a null class, which this one lacks");
            }
        } else if (label < 0 || label >= inputs.classes()) {
            throw new IllegalArgumentException("class id " + label + " is outside the model's table; "
                    + (inputs.classes() == 0
                            ? "it has no classes, use SamplingRequest.withoutClass"
                            : "ids are from 0 to " + (inputs.classes() - 1)));
        }
    }

    private void requireLatent(int modality, Tensor latent, String role) {
        if (modality < 0 || modality >= inputs.modalities()) {
            throw new IllegalArgumentException("modality " + modality + " does not exist; this model's are from 0 to "
                    + (inputs.modalities() - 1));
        }
        Shape given = latent.shape();
        long samples = given.rank() == 4 && given.size(0) == 1 ? 1 : shape.size(0);
        Shape wanted = Shape.of(samples, inputs.latentChannels(), shape.size(2), shape.size(3));
        if (!given.equals(wanted)) {
            throw new IllegalArgumentException(
                    "the " + role + " of modality " + modality + " has shape " + given + "; it must be " + wanted);
        }
    }

    private void requireStart(Shape given) {
        Shape one = Shape.of(1, inputs.channels(), shape.size(2), shape.size(3));
        if (!given.equals(shape) && !given.equals(one)) {
            throw new IllegalArgumentException("the latents to start from have shape " + given + "; it must be " + shape
                    + ", or " + one + " for all samples");
        }
    }

    private void requireRegion(int modality, Tensor region) {
        Shape wanted = Shape.of(shape.size(2), shape.size(3));
        if (!region.shape().equals(wanted)) {
            throw new IllegalArgumentException("the region to inpaint of modality " + modality + " has shape "
                    + region.shape() + "; it must be " + wanted);
        }
    }
}
