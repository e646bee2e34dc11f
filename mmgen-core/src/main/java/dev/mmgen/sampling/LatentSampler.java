package dev.mmgen.sampling;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/**
 * Draws latents with a transformer.
 *
 * <p>Between batches it keeps the modulations that come again, so use one sampler for a run of many batches, and close
 * it afterwards; the model stays open, and its weights must not change meanwhile. One thread at a time can use it.
 */
public final class LatentSampler implements AutoCloseable {

    /** How many bytes of modulations are kept by default: about 300 times of one class at the size XL. */
    public static final long DEFAULT_CACHE_BYTES = 256L << 20;

    private final DiffusionTransformer model;
    private final Interpolant path;
    private final ConditioningCache cache;

    /** Uses a model that was trained on a path. */
    public LatentSampler(DiffusionTransformer model, Interpolant path) {
        this(model, path, DEFAULT_CACHE_BYTES);
    }

    /** Uses a model and bounds the bytes of the modulations that are kept; 0 keeps none. */
    public LatentSampler(DiffusionTransformer model, Interpolant path, long cacheBytes) {
        this.model = model;
        this.path = path;
        this.cache = new ConditioningCache(cacheBytes);
    }

    /**
     * Draws a batch.
     *
     * <p>Initial noise is drawn first, for all modalities. A condition is mixed as {@code hold * noise + (1 - hold) *
     * latent} and stands still from then on, also in the result (reference {@code exp_sample.py}). A model with a
     * single time for all modalities cannot be told that; there, conditions follow the path like a region that is kept
     * everywhere, and end as given.
     *
     * @return {@code [N, M * C, h, w]}, float32, on the model's device; it belongs to the caller or the caller's scope
     * @throws IllegalArgumentException if the request does not fit the model; the message names the setting
     * @throws SamplingCancelledException if the listener cancelled
     */
    public Tensor sample(SamplingRequest request) {
        new RequestCheck(request, model.config()).run();
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open();
                NoiseSource noise = request.noise().get()) {
            BatchPlan plan = new BatchPlan(request, model.config());
            Tensor initial = noise.normal(DType.FLOAT32, plan.shape()).to(model.device());
            VelocityField field = new TransformerVelocity(
                    model,
                    path,
                    request.guidance(),
                    plan.labels(),
                    plan.held(),
                    request.holdTime(),
                    plan.constraints(initial, path),
                    cache);
            Tensor state = request.sampler().sample(field, initial, request.grid(), noise, request.listener());
            return scope.keep(state.to(DType.FLOAT32));
        }
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
