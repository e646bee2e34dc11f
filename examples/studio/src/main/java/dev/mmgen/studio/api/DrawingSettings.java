package dev.mmgen.studio.api;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.limit.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Settings of drawing that all requests have in common. What is null is the model's own.
 *
 * @param model    its name
 * @param category its number, or its name
 * @param seed     of the random numbers
 * @param first    the number of the first image among those of the seed
 * @param count    of images
 * @param steps    of inference
 * @param guidance classifier-free, from 0 to 100
 * @param conditionGuidance how closely given pictures are followed, from 0 to 100
 * @param sampler  its name
 * @param width    in pixels
 * @param height   in pixels
 * @param anySize  true if the size may be far beyond that of the training
 */
record DrawingSettings(
        @Nullable String model,
        @Nullable Object category,
        @Nullable Long seed,
        @Nullable Integer first,
        @Nullable Integer count,
        @Nullable Integer steps,
        @Nullable Double shift,
        @Nullable Double guidance,
        @Nullable Double conditionGuidance,
        @Nullable String sampler,
        @Nullable Integer width,
        @Nullable Integer height,
        boolean anySize) {

    private static final int LONGEST_SIDE = 16_384;
    private static final double MOST_GUIDANCE = 100;

    /** Seeds are numbers that JavaScript holds exactly. */
    private static final long MOST_SEED = (1L << 53) - 1;

    static DrawingSettings of(Fields fields, Limits limits) {
        DrawingSettings settings = new DrawingSettings(
                fields.text("model"),
                fields.category("category"),
                fields.whole("seed", -MOST_SEED, MOST_SEED),
                fields.integer("first", 0, 1_000_000),
                fields.integer("count", 1, limits.images()),
                fields.integer("steps", 1, limits.steps()),
                fields.number("shift", 1 / TimeGrid.MAX_SHIFT, TimeGrid.MAX_SHIFT),
                fields.number("guidance", 0, MOST_GUIDANCE),
                fields.number("conditionGuidance", 0, MOST_GUIDANCE),
                fields.oneOf("sampler", Sampler.names().toArray(String[]::new)),
                fields.integer("width", 1, LONGEST_SIDE),
                fields.integer("height", 1, LONGEST_SIDE),
                Boolean.TRUE.equals(fields.flag("anySize")));
        if ((settings.width == null) != (settings.height == null)) {
            throw new Problem(Problem.Kind.INVALID, "'width' and 'height' go together; give both or none");
        }
        if (settings.width != null
                && settings.height != null
                && (long) settings.images() * settings.width * settings.height > limits.drawnPixels()) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    settings.images() + " of " + settings.width + " x " + settings.height + " pixels are more than the "
                            + limits.drawnPixels() + " pixels that this server draws at once");
        }
        return settings;
    }

    private int images() {
        return count == null ? 1 : count;
    }

    /**
     * Sets what is set.
     *
     * @throws IllegalArgumentException if it does not suit the model
     */
    ImageRequestBuilder apply(ImageRequestBuilder request) {
        if (category instanceof Integer number) {
            request.category(number);
        } else if (category instanceof String name) {
            request.category(name);
        }
        if (seed != null) {
            request.seed(seed);
        }
        if (first != null) {
            request.first(first);
        }
        if (count != null) {
            request.count(count);
        }
        return applyQuality(request);
    }

    /** Sets how one image is made, but not which: sampler, steps and size. */
    private ImageRequestBuilder applyQuality(ImageRequestBuilder request) {
        if (guidance != null) {
            request.guidance(guidance);
        }
        if (conditionGuidance != null) {
            request.guidance(known -> known.withConditionScale(conditionGuidance));
        }
        if (steps != null) {
            request.steps(steps);
        }
        if (shift != null) {
            request.shift(shift);
        }
        if (sampler != null) {
            request.sampler(Sampler.named(sampler));
        }
        return applySize(request);
    }

    /** Sets the size, for the reading that comes before a drawing. */
    ImageRequestBuilder applySize(ImageRequestBuilder request) {
        if (width == null || height == null) {
            return request;
        }
        return anySize ? request.anySize(width, height) : request.size(width, height);
    }
}
