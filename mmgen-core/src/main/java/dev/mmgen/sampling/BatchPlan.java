package dev.mmgen.sampling;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What a request means for one model: sizes, labels, which modalities are held, and what is known of the state. */
final class BatchPlan {

    private final SamplingRequest request;
    private final TransformerConfig config;
    private final int modalities;
    private final boolean toldTimes;

    BatchPlan(SamplingRequest request, TransformerConfig config) {
        this.request = request;
        this.config = config;
        this.modalities = config.inputChannels() / config.latentChannels();
        this.toldTimes = config.timeEmbedding() != TimeEmbedding.SHARED;
    }

    /** Returns the size that was asked for, or the model's own. */
    static int size(int requested, TransformerConfig config) {
        return requested == 0 ? config.inputSize() : requested;
    }

    /** Returns the shape of the state, {@code [N, M * C, h, w]}. */
    Shape shape() {
        return Shape.of(
                request.labels().size(),
                config.inputChannels(),
                size(request.height(), config),
                size(request.width(), config));
    }

    /** Returns the rows of the class table that the samples have. */
    long[] labels() {
        return request.labels().stream()
                .mapToLong(label -> label == SamplingRequest.NO_CLASS ? config.nullLabel() : label)
                .toArray();
    }

    /** Returns the modalities that stand at a time of their own, ascending. */
    List<Integer> held() {
        return request.known().keySet().stream().filter(this::isHeld).sorted().toList();
    }

    private boolean isHeld(int modality) {
        KnownLatent known = request.known().get(modality);
        return toldTimes && known != null && known.keep() == null;
    }

    private boolean isKept(int modality) {
        return request.known().containsKey(modality) && !isHeld(modality);
    }

    /**
     * Returns what is known of the state.
     *
     * @param noise the initial noise, which conditions are mixed with and kept regions come from
     */
    List<Constraint> constraints(Tensor noise, Interpolant path) {
        List<Constraint> constraints = new ArrayList<>();
        if (!held().isEmpty()) {
            Tensor held = join(modality -> flags(isHeld(modality), 1, 1));
            Tensor values = join(modality -> isHeld(modality) ? blended(modality, noise) : part(noise, modality));
            constraints.add(new HeldChannels(bool(held, noise.device()), values.to(DType.FLOAT64)));
        }
        if (request.known().keySet().stream().anyMatch(this::isKept)) {
            Tensor keep = join(this::keptFlags);
            Tensor data = join(modality -> latent(modality, noise));
            constraints.add(
                    new KeptRegion(bool(keep, noise.device()), data.to(DType.FLOAT64), noise.to(DType.FLOAT64), path));
        }
        return constraints;
    }

    private Tensor join(Function<Integer, Tensor> partOfModality) {
        List<Tensor> parts = new ArrayList<>();
        for (int modality = 0; modality < modalities; modality++) {
            parts.add(partOfModality.apply(modality));
        }
        return Torch.cat(parts, 1);
    }

    private Tensor part(Tensor latents, int modality) {
        long start = (long) modality * config.latentChannels();
        return latents.slice(1, start, start + config.latentChannels());
    }

    /** Returns what was given for a modality, or else, to fill the place, its noise. */
    private Tensor latent(int modality, Tensor noise) {
        Tensor place = part(noise, modality);
        KnownLatent known = request.known().get(modality);
        return known == null
                ? place
                : known.latent()
                        .to(noise.device(), DType.FLOAT32)
                        .expand(place.shape().toArray());
    }

    /** The mix is linear whatever the path, as in the reference. */
    private Tensor blended(int modality, Tensor noise) {
        return part(noise, modality)
                .mul(request.holdTime())
                .add(latent(modality, noise).mul(1 - request.holdTime()));
    }

    private Tensor keptFlags(int modality) {
        Shape shape = shape();
        KnownLatent known = request.known().get(modality);
        if (known == null || known.keep() == null) {
            return flags(isKept(modality), shape.size(2), shape.size(3));
        }
        return known.keep()
                .to(Device.CPU, DType.FLOAT32)
                .expand(1, config.latentChannels(), shape.size(2), shape.size(3));
    }

    private Tensor flags(boolean value, long height, long width) {
        Shape shape = Shape.of(1, config.latentChannels(), height, width);
        return Torch.full(value ? 1 : 0, DType.FLOAT32, Device.CPU, shape);
    }

    private static Tensor bool(Tensor flags, Device device) {
        return flags.to(device, DType.BOOL);
    }
}
