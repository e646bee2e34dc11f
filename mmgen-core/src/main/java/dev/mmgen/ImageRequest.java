package dev.mmgen;

import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to draw. Sampler, steps and guidance that are not set are the model's own ({@link dev.mmgen.io.SamplingDefaults}), which
 * may differ for drawing and for reading photos: for the released models 250 steps of the stochastic sampler and no guidance.
 * The seed is 0 unless set.
 *
 * <p>A result depends on the seed and the number of the image, not on how images are split into batches.
 */
public final class ImageRequest {

    private static final int MAX_STEPS = 100_000;

    private final MmGen mmgen;
    private final Map<Modality, RgbImage> given = new LinkedHashMap<>();
    private final Map<Modality, RgbImage> repainted = new LinkedHashMap<>();
    private final List<Modality> wanted = new ArrayList<>();
    private @Nullable RepaintMask mask;
    private int category = SamplingRequest.NO_CLASS;
    private long seed;
    private int count = 1;
    private int batch = 4;
    private int width;
    private int height;
    private Sampler sampler;
    private int steps;
    private Guidance guidance;
    private Consumer<? super SamplingStep> listener = _ -> {};

    ImageRequest(MmGen mmgen, SamplingDefaults defaults) {
        this.mmgen = mmgen;
        this.sampler = defaults.method();
        this.steps = defaults.steps();
        this.guidance = defaults.guidance();
        size(mmgen.resolution(), mmgen.resolution());
    }

    /**
     * Asks for a class of the model; without this the class is left open.
     *
     * @throws IllegalArgumentException if the model does not have the class
     */
    public ImageRequest category(int newCategory) {
        category =
                between("category", newCategory, 0, mmgen.config().transformer().classes() - 1);
        return this;
    }

    /**
     * Asks for a class by the name that the model's folder has for it.
     *
     * @throws IllegalArgumentException if it has no such name; the message lists those it has
     */
    public ImageRequest category(String name) {
        return category(mmgen.config().category(name));
    }

    /**
     * Gives a modality, which the others will fit. Several can be given; pictures are cropped to the middle and scaled, and
     * come back so in the result.
     *
     * @throws java.util.NoSuchElementException if the model does not know the modality
     */
    public ImageRequest given(Modality modality, RgbImage picture) {
        mmgen.modalities().indexOf(modality);
        given.put(modality, picture);
        return this;
    }

    /**
     * Keeps an image except for a region, which is drawn anew in all its modalities (inpainting). Modalities that the image
     * lacks are drawn whole.
     *
     * @param image  the pictures to keep, of the size of the request; their pixels outside of the region come out as they are
     * @param region white where to draw anew, black where to keep; of the same size
     * @throws java.util.NoSuchElementException if the model does not know one of the image's modalities
     */
    public ImageRequest repaint(MultiModalImage image, RgbImage region) {
        image.pictures().keySet().forEach(mmgen.modalities()::indexOf);
        repainted.clear();
        repainted.putAll(image.pictures());
        mask = new RepaintMask(region);
        return this;
    }

    /** Decodes these modalities only; without this, all. */
    public ImageRequest only(Modality... modalities) {
        wanted.clear();
        for (Modality modality : modalities) {
            mmgen.modalities().indexOf(modality);
            wanted.add(modality);
        }
        return this;
    }

    /** Sets where random numbers start. */
    public ImageRequest seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** Asks for several images, which differ in their noise. */
    public ImageRequest count(int newCount) {
        count = between("count", newCount, 1, Integer.MAX_VALUE);
        return this;
    }

    /** Sets how many images are drawn at once: more need more memory. */
    public ImageRequest batch(int newBatch) {
        batch = between("batch", newBatch, 1, Integer.MAX_VALUE);
        return this;
    }

    /** Sets the size of the pictures in pixels; multiples of the autoencoder's factor times the patch size. */
    public ImageRequest size(int newWidth, int newHeight) {
        int unit = mmgen.autoencoder().factor() * mmgen.config().transformer().patchSize();
        if (newWidth < unit || newHeight < unit || newWidth % unit != 0 || newHeight % unit != 0) {
            throw new IllegalArgumentException(
                    "size is " + newWidth + " x " + newHeight + " pixels; both must be multiples of " + unit);
        }
        if ((long) newWidth * newHeight > RgbImage.MAX_PIXELS) {
            throw new IllegalArgumentException("size is " + newWidth + " x " + newHeight
                    + " pixels; a picture has at most " + RgbImage.MAX_PIXELS + " of them");
        }
        width = newWidth;
        height = newHeight;
        return this;
    }

    /** Sets the number of steps, up to 100,000. */
    public ImageRequest steps(int newSteps) {
        steps = between("steps", newSteps, 1, MAX_STEPS);
        return this;
    }

    /** Sets the numerical method. */
    public ImageRequest sampler(Sampler newSampler) {
        sampler = newSampler;
        return this;
    }

    /** Sets how strongly the class is followed; 1 is not at all beyond the model's own prediction. */
    public ImageRequest guidance(double scale) {
        return guidance(Guidance.of(scale));
    }

    /** Sets how strongly the class is followed, and between which times. */
    public ImageRequest guidance(Guidance newGuidance) {
        guidance = newGuidance;
        return this;
    }

    /** Sets who hears of every step, and may cancel. In every batch, steps count from 1 again. */
    public ImageRequest onStep(Consumer<? super SamplingStep> newListener) {
        listener = newListener;
        return this;
    }

    private static int between(String name, int value, int low, int high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be "
                    + (high == Integer.MAX_VALUE ? "at least " + low : "from " + low + " to " + high));
        }
        return value;
    }

    /**
     * Draws one image.
     *
     * @throws IllegalStateException if {@link #count} asked for several
     * @see #runAll for the other exceptions
     */
    public MultiModalImage run() {
        if (count != 1) {
            throw new IllegalStateException("this request is for " + count + " images; use runAll");
        }
        return runAll().getFirst();
    }

    /**
     * Draws the images.
     *
     * @throws IllegalArgumentException if a setting does not fit the model; the message names it
     * @throws dev.mmgen.sampling.SamplingCancelledException if the listener cancelled
     * @throws IllegalStateException if the {@link MmGen} is closed
     */
    public List<MultiModalImage> runAll() {
        requireFit();
        List<MultiModalImage> images = new ArrayList<>();
        try (LatentSampler latentSampler =
                        new LatentSampler(mmgen.transformer(), mmgen.config().interpolant());
                TensorScope _ = TensorScope.open()) {
            GivenLatents known = new GivenLatents(mmgen, new CoverCrop(width, height), seed);
            given.forEach(known::add);
            repainted.forEach(known::add);
            for (int first = 0; first < count; first += batch) {
                images.addAll(runBatch(latentSampler, known, first, Math.min(batch, count - first)));
            }
        }
        return images;
    }

    /** Checks what depends on several settings, before anything is computed. */
    private void requireFit() {
        for (Modality modality : given.keySet()) {
            if (repainted.containsKey(modality)) {
                throw new IllegalArgumentException(
                        "'" + modality + "' is given and repainted in one request; choose one");
            }
        }
        if (mask != null) {
            requireSize("the region to repaint", mask.region());
            repainted.forEach(
                    (modality, picture) -> requireSize("the picture to repaint, '" + modality + "',", picture));
        }
    }

    private void requireSize(String what, RgbImage picture) {
        if (picture.width() != width || picture.height() != height) {
            throw new IllegalArgumentException(what + " has " + picture.width() + " x " + picture.height()
                    + " pixels, but the request's size is " + width + " x " + height);
        }
    }

    private List<MultiModalImage> runBatch(LatentSampler latentSampler, GivenLatents known, int first, int samples) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor latents = latentSampler.sample(request(known, first, samples));
            List<Modality> drawn = shown().stream()
                    .filter(modality -> !given.containsKey(modality))
                    .toList();
            return new MultiModalDecoder(
                            mmgen.autoencoder(),
                            mmgen.modalities(),
                            mmgen.config().latents())
                    .decode(latents, drawn, Quantization.TRUNCATE).stream()
                            .map(this::image)
                            .toList();
        }
    }

    private List<Modality> shown() {
        return wanted.isEmpty() ? mmgen.modalities().list() : wanted;
    }

    /** Joins what was drawn with what was given, which is not passed through the autoencoder a second time. */
    private MultiModalImage image(Map<Modality, RgbImage> drawn) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        for (Modality modality : shown()) {
            RgbImage condition = given.get(modality);
            pictures.put(
                    modality,
                    condition == null
                            ? kept(modality, Objects.requireNonNull(drawn.get(modality)))
                            : new CoverCrop(width, height).apply(condition));
        }
        return new MultiModalImage(pictures);
    }

    private RgbImage kept(Modality modality, RgbImage drawn) {
        RgbImage original = repainted.get(modality);
        return mask == null || original == null ? drawn : mask.restore(original, drawn);
    }

    private SamplingRequest request(GivenLatents known, int first, int samples) {
        int factor = mmgen.autoencoder().factor();
        SamplingRequest.Builder builder = (category == SamplingRequest.NO_CLASS
                        ? SamplingRequest.withoutClass(samples)
                        : SamplingRequest.of(repeated(category, samples)))
                .size(height / factor, width / factor)
                .guidance(guidance)
                .sampler(sampler)
                .steps(steps)
                .seed(seed, first)
                .onStep(listener);
        given.keySet()
                .forEach(modality ->
                        builder.condition(mmgen.modalities().indexOf(modality), known.draw(modality, first, samples)));
        if (mask != null) {
            Tensor keep = mask.keptLatents(factor);
            repainted
                    .keySet()
                    .forEach(modality -> builder.keep(
                            mmgen.modalities().indexOf(modality), known.draw(modality, first, samples), keep));
        }
        return builder.build();
    }

    private static int[] repeated(int value, int times) {
        int[] values = new int[times];
        Arrays.fill(values, value);
        return values;
    }
}
