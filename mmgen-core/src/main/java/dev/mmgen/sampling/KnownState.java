package dev.mmgen.sampling;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The part of a batch's state that is known beforehand: its conditions, what inpainting keeps, and what is left blank.
 *
 * <p>A condition of a model that is told one time per modality is mixed with a little noise and stands still at its own time.
 * Everything else that is known walks from its noise to its data along the path, so that the model always sees it at the time
 * it expects: what inpainting keeps, and the conditions of a model with a single time for all modalities.
 */
final class KnownState {

    private final SamplingRequest request;
    private final VelocityModel.Inputs inputs;
    private final Tensor noise;
    private final Interpolant path;
    private final @Nullable Held held;
    private final @Nullable Walking walking;
    /** The held conditions where they walk too; null where that guides nothing. */
    private final @Nullable Walking freed;
    /** Float64, {@code [1, M * C, 1, 1]}: 0 in modalities that are left blank, 1 elsewhere. */
    private final @Nullable Tensor seen;

    /**
     * Channels that stand still.
     *
     * @param channels bool, {@code [1, M * C, 1, 1]}
     * @param values   float64, {@code [N, M * C, h, w]}; read in these channels only
     */
    private record Held(Tensor channels, Tensor values) {}

    /**
     * Latents that walk along the path.
     *
     * @param drawn bool, {@code [1, M * C, h, w]} or {@code [1, M * C, 1, 1]}: false where they are known
     * @param data  float64, {@code [N, M * C, h, w]}
     * @param noise likewise; the same for the whole run
     */
    private record Walking(Tensor drawn, Tensor data, Tensor noise) {}

    /**
     * Joins what a request knows.
     *
     * @param noise the initial noise, {@code [N, M * C, h, w]}, float32
     */
    KnownState(SamplingRequest request, VelocityModel.Inputs inputs, Tensor noise, Interpolant path) {
        this.request = request;
        this.inputs = inputs;
        this.noise = noise;
        this.path = path;
        this.held = heldModalities(request, inputs).isEmpty() ? null : held();
        boolean walks = !request.inpainting().isEmpty()
                || held == null && !request.conditions().isEmpty();
        this.walking = walks ? walking(join(this::drawn)) : null;
        this.freed = held == null || request.guidance().conditionScale() == 1
                ? null
                : walking(join(modality -> flags(!request.conditions().containsKey(modality), 1, 1)));
        this.seen = request.blank().isEmpty()
                ? null
                : join(modality -> flags(!request.blank().contains(modality), 1, 1))
                        .to(noise.device(), DType.FLOAT64);
    }

    /** Returns the modalities that stand at a time of their own, ascending. */
    static List<Integer> heldModalities(SamplingRequest request, VelocityModel.Inputs inputs) {
        return inputs.timeEmbedding() == TimeEmbedding.SHARED
                ? List.of()
                : request.conditions().keySet().stream().sorted().toList();
    }

    /** Returns the state at a time with the known part put in; the same tensor if nothing is known. */
    Tensor put(Tensor state, double time) {
        return TensorScope.keeping(() -> {
            Tensor heard = seen == null ? state : state.mul(seen);
            Tensor known = held == null ? heard : held.channels.where(held.values, heard);
            return walked(walking, known, time);
        });
    }

    private Tensor walked(@Nullable Walking known, Tensor state, double time) {
        return known == null ? state : known.drawn.where(state, path.mix(known.data, known.noise, time));
    }

    /** Returns the state at a time with its held conditions as noisy as the rest: what the model sees where it draws them too. */
    Tensor free(Tensor state, double time) {
        return freed == null ? state : TensorScope.keeping(() -> walked(freed, state, time));
    }

    private Held held() {
        Tensor channels = join(modality -> flags(request.conditions().containsKey(modality), 1, 1));
        return new Held(bool(channels), join(this::blended).to(DType.FLOAT64));
    }

    private Walking walking(Tensor drawn) {
        return new Walking(bool(drawn), join(this::latent).to(DType.FLOAT64), noise.to(DType.FLOAT64));
    }

    private Tensor join(IntFunction<Tensor> partOfModality) {
        List<Tensor> parts = new ArrayList<>();
        for (int modality = 0; modality < inputs.modalities(); modality++) {
            parts.add(partOfModality.apply(modality));
        }
        return Torch.cat(parts, 1);
    }

    private Tensor noise(int modality) {
        long start = (long) modality * inputs.latentChannels();
        return noise.slice(1, start, start + inputs.latentChannels());
    }

    /** Returns the known latents of a modality, or else, to fill the place, its noise. */
    private Tensor latent(int modality) {
        Tensor place = noise(modality);
        SamplingRequest.Inpainting inpainting = request.inpainting().get(modality);
        Tensor known = inpainting == null ? request.conditions().get(modality) : inpainting.latent();
        return known == null
                ? place
                : known.to(noise.device(), DType.FLOAT32).expand(place.shape().toArray());
    }

    /** The mix is linear whatever the path, as in the reference. */
    private Tensor blended(int modality) {
        return request.conditions().containsKey(modality)
                ? noise(modality).mul(request.holdTime()).add(latent(modality).mul(1 - request.holdTime()))
                : noise(modality);
    }

    private Tensor drawn(int modality) {
        SamplingRequest.Inpainting inpainting = request.inpainting().get(modality);
        if (inpainting == null) {
            boolean known = held == null && request.conditions().containsKey(modality);
            return flags(!known, noise.size(2), noise.size(3));
        }
        return inpainting
                .region()
                .to(Device.CPU, DType.FLOAT32)
                .expand(1, inputs.latentChannels(), noise.size(2), noise.size(3));
    }

    private Tensor flags(boolean value, long height, long width) {
        Shape shape = Shape.of(1, inputs.latentChannels(), height, width);
        return Torch.full(value ? 1 : 0, DType.FLOAT32, Device.CPU, shape);
    }

    private Tensor bool(Tensor flags) {
        return flags.to(noise.device(), DType.BOOL);
    }
}
