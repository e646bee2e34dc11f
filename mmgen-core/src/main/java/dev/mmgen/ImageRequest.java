package dev.mmgen;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.sampling.TimeGrid;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Images to draw, made by {@link MmGen#generate} or {@link MmGen#understand} and carried out by {@link MmGen#run}. Immutable; it
 * can run more than once, and on another model that knows its modalities.
 *
 * <p>A result depends on the seed and the number of the image, not on how images are split into batches; in its last digits also on
 * the processor, the number of threads, and on whether it is drawn alone (in bfloat16 these were seen to be up to 9 of 255 levels).
 *
 * @param given    the pictures that the images will fit
 * @param wanted   the modalities to decode, in the order of the result; empty for all
 * @param category the class, from 0, or {@link SamplingRequest#NO_CLASS}
 * @param width    of the pictures, in pixels
 * @param height   likewise
 * @param series   which images, and how many
 * @param method   how they are drawn
 * @param listener hears of every step, on the thread that draws; in every batch, steps count from 1 again
 */
public record ImageRequest(
        Given given,
        List<Modality> wanted,
        int category,
        int width,
        int height,
        Series series,
        Method method,
        Consumer<? super SamplingStep> listener) {

    static final int MAX_STEPS = TimeGrid.MAX_STEPS;
    static final int MAX_ENSEMBLE = 1000;

    /**
     * The pictures of a request.
     *
     * @param conditions pictures of whole modalities, which the others will fit; of the request's size for {@link Fit#CROP}, else
     *                   of one size, which is that of the result
     * @param fit        how they become pictures of the request's size
     * @param inpainting an image that is kept except for a region; null for none
     * @param start      an image to begin from instead of noise alone; null for none
     */
    public record Given(
            Map<Modality, RgbImage> conditions,
            Fit fit,
            @Nullable Inpainting inpainting,
            @Nullable Start start) {

        /** Copies the map. */
        public Given {
            conditions = Collections.unmodifiableMap(new LinkedHashMap<>(conditions));
            Objects.requireNonNull(fit, "fit");
        }

        /** Returns true if a photo is given and nothing else, so that it can be read without noise. */
        boolean photoAlone() {
            return inpainting == null && conditions.keySet().equals(Set.of(Modality.RGB));
        }

        /** Returns the pictures that are kept except for a region. */
        Map<Modality, RgbImage> kept() {
            return inpainting == null ? Map.of() : inpainting.image().pictures();
        }

        /** Returns true if both give pictures of the same kinds, which a batch can hold together. */
        private boolean sharesBatch(Given other) {
            return inpainting == null
                    && other.inpainting == null
                    && conditions.keySet().equals(other.conditions.keySet())
                    && (start == null
                            ? other.start == null
                            : other.start != null && start.strength == other.start.strength);
        }
    }

    /**
     * An image that is kept except for a region, which is drawn anew.
     *
     * @param image  the pictures to keep; modalities that it lacks are drawn whole
     * @param region the pixels to draw anew, in all modalities of the image; of the image's size, at least one
     */
    public record Inpainting(MultiModalImage image, Mask region) {

        /**
         * Checks the region.
         *
         * @throws IllegalArgumentException if it is empty or of another size than the image
         */
        public Inpainting {
            if (region.width() != image.width() || region.height() != image.height()) {
                throw new IllegalArgumentException("the region to inpaint is of " + region.width() + " x "
                        + region.height() + " pixels, but the image is of " + image.width() + " x " + image.height()
                        + "; both must be of one size");
            }
            if (region.size() == 0) {
                throw new IllegalArgumentException("the region to inpaint selects none of the " + region.width() + " x "
                        + region.height() + " pixels, so nothing would be drawn; select some");
            }
        }
    }

    /**
     * An image to begin from, such as the reading of a video's previous frame (SDEdit, Meng et al., arXiv 2108.01073).
     *
     * @param image    of the result's size, with all modalities of the model but the conditions
     * @param strength the time of the path to begin at, above 0 (the image is kept) and at most 1 (it is not seen); the steps before
     *                 that time are left out
     */
    public record Start(MultiModalImage image, double strength) {

        /**
         * Checks the strength.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Start {
            Objects.requireNonNull(image, "the image to start from");
            if (!(strength > 0 && strength <= 1)) {
                throw new IllegalArgumentException("strength is " + strength
                        + "; it must be above 0 (keep the image to start from) and at most 1 (noise alone)");
            }
        }
    }

    /**
     * The images of a seed that are drawn.
     *
     * @param seed     the start of the random numbers
     * @param first    the number of the first image among all of the seed, from 0: an image depends on its number, not on those
     *                 that are drawn with it
     * @param count    how many images to draw, at least 1; they differ in their noise
     * @param ensemble how many readings of a photo are merged to one image, from 1 to 1,000
     * @param batch    how many images to draw at once, at least 1
     */
    public record Series(long seed, int first, int count, int ensemble, int batch) {

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException naming the one that is out of range
         */
        public Series {
            requireBetween("ensemble", ensemble, 1, MAX_ENSEMBLE);
            requireBetween("first", first, 0, Integer.MAX_VALUE / ensemble - 1);
            requireBetween("count", count, 1, Integer.MAX_VALUE / ensemble - first);
            requireBetween("batch", batch, 1, Integer.MAX_VALUE);
        }
    }

    /**
     * The way from noise to images.
     *
     * @param sampler  the numerical method
     * @param steps    the number of inference steps, from 1 to 100,000, where no grid is given
     * @param shift    how far the times that suit the sampler are moved towards noise, see {@link TimeGrid#shifted}
     * @param grid     the times to visit; null for {@code steps} at those times
     * @param holdTime the time at which conditions are held, from 0 to 1
     * @param guidance classifier-free guidance
     */
    public record Method(
            Sampler sampler,
            int steps,
            double shift,
            @Nullable TimeGrid grid,
            double holdTime,
            Guidance guidance) {

        /**
         * Checks the number of steps and the shift.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Method {
            Objects.requireNonNull(sampler, "sampler");
            Objects.requireNonNull(guidance, "guidance");
            requireBetween("steps", steps, 1, MAX_STEPS);
            TimeGrid.requireShift(shift);
        }
    }

    /**
     * Checks the settings that do not depend on a model; {@link MmGen#run} checks the others.
     *
     * @throws IllegalArgumentException naming the setting that is out of range or contradicts another
     */
    public ImageRequest {
        wanted = List.copyOf(wanted);
        Map<Modality, RgbImage> conditions = given.conditions;
        Inpainting inpainting = given.inpainting;
        if (series.ensemble > 1 && (inpainting != null || !conditions.containsKey(Modality.RGB))) {
            throw new IllegalArgumentException(
                    "ensemble is " + series.ensemble + ", but the photo is not given; only readings"
                            + " of a photo can be merged, since the mean of several drawings is none of them");
        }
        if (series.ensemble > 1 && method.sampler.readsWithoutNoise() && method.steps == 1) {
            throw new IllegalArgumentException(
                    "ensemble is " + series.ensemble
                            + ", but the sampler direct has no noise in its first step, in which readings could differ; set steps to 2");
        }
        if (method.sampler.readsWithoutNoise() && !given.photoAlone()) {
            throw new IllegalArgumentException(
                    "the sampler direct reads a photo that is given alone; take another one for what was asked, such as euler");
        }
        if (method.sampler.readsWithoutNoise() && method.guidance.conditionScale() != 1) {
            throw new IllegalArgumentException("condition guidance is " + method.guidance.conditionScale()
                    + ", but it compares with a noisy photo, and the sampler direct reads without noise; leave it at 1, or"
                    + " take another sampler, such as euler");
        }
        String size = pixels(width, height);
        if (given.fit != Fit.CROP) {
            size = sizeOfPhotos(given);
        }
        for (Map.Entry<Modality, RgbImage> condition : conditions.entrySet()) {
            Modality modality = condition.getKey();
            RgbImage picture = condition.getValue();
            requireEqual("the condition '" + modality + "'", pixels(picture.width(), picture.height()), size);
            if (inpainting != null && inpainting.image.pictures().containsKey(modality)) {
                throw new IllegalArgumentException(
                        "'" + modality + "' is a condition and inpainted in one request; choose one");
            }
        }
        if (inpainting != null) {
            MultiModalImage image = inpainting.image;
            requireEqual("the image to inpaint", pixels(image.width(), image.height()), size);
        }
        if (given.start != null) {
            MultiModalImage image = given.start.image;
            requireEqual("the image to start from", pixels(image.width(), image.height()), size);
        }
    }

    /** Returns the size of conditions that are fitted, which is that of the result. */
    private static String sizeOfPhotos(Given given) {
        Fit fit = given.fit;
        if (given.conditions.isEmpty() || given.inpainting != null) {
            throw new IllegalArgumentException("fit is " + fit + ", which is for conditions"
                    + (given.inpainting == null
                            ? "; give some"
                            : " without inpainting; for that, cut a Placement of the photo"));
        }
        if (fit == Fit.TILE && !given.conditions.containsKey(Modality.RGB)) {
            throw new IllegalArgumentException(
                    "fit is TILE, but the photo is not given; drawings of several windows would"
                            + " not fit each other, so choose PAD or STRETCH");
        }
        List<String> sizes = given.conditions.values().stream()
                .map(picture -> pixels(picture.width(), picture.height()))
                .distinct()
                .toList();
        if (sizes.size() > 1) {
            throw new IllegalArgumentException("conditions are of " + String.join(" and ", sizes)
                    + " pixels; for the fit " + fit + " they must be of one size");
        }
        return sizes.getFirst();
    }

    /** Returns this request with other pictures. */
    ImageRequest withGiven(Given newGiven) {
        return new ImageRequest(newGiven, wanted, category, width, height, series, method, listener);
    }

    /**
     * Returns this request with an image to begin from, see {@link ImageRequestBuilder#startFrom}.
     *
     * @param image of the result's size
     * @throws IllegalArgumentException if the strength is out of range, or the image is of another size
     */
    public ImageRequest startingFrom(MultiModalImage image, double strength) {
        return withGiven(new Given(given.conditions, given.fit, given.inpainting, new Start(image, strength)));
    }

    /** Returns true if samples of both can be drawn in one batch: they differ in pictures, category, seed and numbers alone. */
    boolean sharesBatch(ImageRequest other) {
        return given.sharesBatch(other.given)
                && wanted.equals(other.wanted)
                && width == other.width
                && height == other.height
                && method.equals(other.method);
    }

    private static void requireEqual(String what, String size, String wanted) {
        if (!size.equals(wanted)) {
            throw new IllegalArgumentException(what + " has " + size + " pixels, but the request's size is " + wanted);
        }
    }

    private static String pixels(int width, int height) {
        return width + " x " + height;
    }

    static void requireBetween(String name, int value, int low, int high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be "
                    + (high == Integer.MAX_VALUE ? "at least " + low : "from " + low + " to " + high));
        }
    }
}
