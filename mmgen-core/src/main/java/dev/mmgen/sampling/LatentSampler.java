package dev.mmgen.sampling;

import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Objects;

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
    private final Interpolant path;
    private final ConditioningCache cache;

    /** The velocity field of one batch. */
    private record BatchField(ModelVelocity model, KnownState known, Interpolant path) implements VelocityField {

        @Override
        public Tensor velocity(Tensor state, double time) {
            return model.at(state, time);
        }

        @Override
        public Tensor constrain(Tensor state, double time) {
            return known.put(state, time);
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
        requireUsable(path);
        this.model = model;
        this.inputs = new PartCheck("velocity model", VelocityModel.class, model).value("inputs", model::inputs);
        this.path = path;
        this.cache = new ConditioningCache(cacheBytes);
    }

    /** Asks a path for all it has, at times at which it has to be finite. */
    private static void requireUsable(Interpolant path) {
        PartCheck check = new PartCheck("interpolant", Interpolant.class, path);
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            Tensor all = Torch.tensor(new double[] {0, 0.25, 0.5, 0.75, 1});
            Tensor inner = Torch.tensor(new double[] {0.25, 0.5, 0.75});
            check.tensor("alpha", all.shape(), () -> path.alpha(all));
            check.tensor("sigma", all.shape(), () -> path.sigma(all));
            check.tensor("alphaRate", inner.shape(), () -> path.alphaRate(inner));
            check.tensor("sigmaRate", inner.shape(), () -> path.sigmaRate(inner));
        }
    }

    /**
     * Draws a batch.
     *
     * <p>Initial noise is drawn first, for all modalities. A condition is mixed as {@code hold * noise + (1 - hold) *
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
        new RequestCheck(request, inputs, shape).run();
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open();
                NoiseSource noise =
                        Objects.requireNonNull(request.noise().get(), "the request's noise supplier returned null")) {
            Tensor initial = new PartCheck("noise source", NoiseSource.class, noise)
                    .tensor("normal", shape, () -> noise.normal(DType.FLOAT32, shape))
                    .to(model.device());
            VelocityField field = new BatchField(
                    new ModelVelocity(model, request, cache), new KnownState(request, inputs, initial, path), path);
            Tensor state = new SamplerRun(request.sampler(), field, request.grid(), noise)
                    .onStep(request.listener())
                    .from(initial);
            return scope.keep(state.to(DType.FLOAT32));
        }
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
    }
}
