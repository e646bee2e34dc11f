package dev.mmgen.sampling;

import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import org.jspecify.annotations.Nullable;

/**
 * A velocity model bound to the path it was trained on, ready to draw latents.
 *
 * <p>Between batches it keeps the modulations of a {@link dev.mmgen.model.DiffusionTransformer} that come again, so use one
 * sampler for a run of many batches, and close it afterwards; the model stays open, and its weights must not change meanwhile.
 * One thread at a time can use it.
 */
public final class LatentSampler implements AutoCloseable {

    /** How many bytes of modulations are kept by default: about 300 times of one class at the size XL. */
    public static final long DEFAULT_CACHE_BYTES = 256L << 20;

    private final VelocityModel model;
    private final VelocityModel.Inputs inputs;
    private final Device device;
    private final Interpolant path;
    private final long cacheBytes;
    private final ConditioningCache cache;
    private @Nullable Guide guide;

    /** A weaker model, with the modulations of its own that come again. */
    private record Guide(VelocityModel model, VelocityModel.Inputs inputs, ConditioningCache cache) {}

    /** The velocity field of one batch. */
    private record BatchField(ModelVelocity model, KnownState known, Interpolant path, Shape shape)
            implements VelocityField {

        @Override
        public Tensor velocity(Tensor state, double time) {
            requireState(state, time);
            return model.at(state, time);
        }

        @Override
        public Tensor averageVelocity(Tensor state, double time, double end) {
            requireState(state, time);
            requireTime(end);
            return model.between(state, time, end);
        }

        @Override
        public Tensor constrain(Tensor state, double time) {
            requireState(state, time);
            return known.put(state, time);
        }

        private void requireState(Tensor state, double time) {
            if (!state.shape().equals(shape) || state.dtype() != DType.FLOAT64) {
                throw new IllegalArgumentException("a state of shape " + state.shape() + " and type "
                        + state.dtype().torchName() + "; it must be float64 " + shape);
            }
            requireTime(time);
        }

        private static void requireTime(double time) {
            if (!(time >= 0 && time <= 1)) {
                throw new IllegalArgumentException("time " + time + "; it must be from 0 to 1");
            }
        }
    }

    /**
     * Uses a model that was trained on a path.
     *
     * @throws PartException if the path's shares of data and noise, or the model's inputs, are not what they must be
     */
    public LatentSampler(VelocityModel model, Interpolant path) {
        this(model, path, DEFAULT_CACHE_BYTES);
    }

    /** Uses a model and bounds the bytes of the modulations that are kept; 0 keeps none. */
    public LatentSampler(VelocityModel model, Interpolant path, long cacheBytes) {
        PartCheck check = new PartCheck("velocity model", VelocityModel.class, model);
        this.path = CheckedInterpolant.of(path);
        this.model = model;
        this.inputs = check.value("inputs", model::inputs);
        this.device = check.value("device", () -> usable(model.device()));
        this.cacheBytes = cacheBytes;
        this.cache = new ConditioningCache(cacheBytes);
    }

    /**
     * Lets a weaker model guide this one, in place of the model's own velocity without the class: an earlier or smaller one, trained on the
     * same. It stays the caller's.
     *
     * @return this
     * @throws IllegalArgumentException if its latents or classes are others than the model's, or it computes elsewhere
     */
    public LatentSampler guidedBy(VelocityModel weaker) {
        PartCheck check = new PartCheck("guide", VelocityModel.class, weaker);
        VelocityModel.Inputs own = check.value("inputs", weaker::inputs);
        inputs.requireGuide(own);
        Device place = check.value("device", () -> usable(weaker.device()));
        if (!place.equals(device)) {
            throw new IllegalArgumentException(
                    "the guide computes on " + place + " and the model on " + device + "; put both on one device");
        }
        if (guide != null) {
            guide.cache.close();
        }
        guide = new Guide(weaker, own, new ConditioningCache(cacheBytes));
        return this;
    }

    /** Returns a device that is here, by putting something there. */
    private static @Nullable Device usable(@Nullable Device device) {
        if (device != null) {
            try (Tensor here = Torch.ones(1);
                    Tensor there = here.to(device)) {
                return there.device();
            }
        }
        return null;
    }

    /**
     * Draws a batch.
     *
     * <p>Initial noise is drawn first, for all modalities, also for a request that starts from latents. A condition is mixed as {@code hold * noise + (1 - hold) *
     * latent} and stands still from then on, also in the result (reference {@code exp_sample.py}). A model with a
     * single time for all modalities cannot be told that; there, conditions follow the path as if inpainting kept them
     * everywhere, and end as given.
     *
     * @return {@code [N, M * C, h, w]}, float32, on the model's device; it belongs to the caller or the caller's scope
     * @throws IllegalArgumentException if the request does not fit the model; the message names the setting
     * @throws SamplingCancelledException if the listener cancelled
     * @throws PartException if the model, the sampler, the path or the source of noise breaks its contract; the message names
     *     its class
     */
    public Tensor sample(SamplingRequest request) {
        Shape shape = shape(request);
        new RequestCheck(request, inputs, path, shape, model.isFlowMap(), guide != null).run();
        if (guide != null && request.guidance().scale() != 1) {
            new RequestCheck(request, guide.inputs, path, shape, guide.model.isFlowMap(), true).run();
        }
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open();
                NoiseSource noise = CheckedNoise.from(request.noise())) {
            Tensor initial = noise.normal(DType.FLOAT32, shape).to(device);
            Tensor start = request.start() == null
                    ? initial
                    : path.mix(
                            request.start().to(device, DType.FLOAT64),
                            initial.to(DType.FLOAT64),
                            request.grid().time(0));
            KnownState known = new KnownState(request, inputs, initial, path);
            VelocityField field = new BatchField(velocity(request, known), known, path, shape);
            Tensor state = new SamplerRun(request.sampler(), field, request.grid(), noise)
                    .onStep(request.listener())
                    .from(start);
            return scope.keep(state.to(DType.FLOAT32));
        }
    }

    private ModelVelocity velocity(SamplingRequest request, KnownState known) {
        ModelVelocity weaker =
                guide == null ? null : new ModelVelocity(guide.model, guide.inputs, request, guide.cache);
        boolean conditionsGuide = request.guidance().conditionScale() != 1
                && !request.conditions().isEmpty();
        var guides = new ModelVelocity.Guides(weaker, conditionsGuide ? known : null);
        return new ModelVelocity(model, inputs, request, cache, guides);
    }

    private Shape shape(SamplingRequest request) {
        return Shape.of(
                request.samples(),
                inputs.channels(),
                request.height() == 0 ? inputs.size() : request.height(),
                request.width() == 0 ? inputs.size() : request.width());
    }

    /** Returns how often modulations were computed, rather than found. */
    long conditionings() {
        return cache.computed();
    }

    /** Returns the bytes of the modulations that are kept. */
    long cachedBytes() {
        return cache.bytes();
    }

    /** Frees the kept modulations. Closing twice has no effect. */
    @Override
    public void close() {
        cache.close();
        if (guide != null) {
            guide.cache.close();
        }
    }
}
