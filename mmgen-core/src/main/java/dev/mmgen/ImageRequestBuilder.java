package dev.mmgen;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.sampling.TimeGrid;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ImageRequest} in the making, for one model. Sampler, steps and guidance that are not set are the model's own
 * ({@link dev.mmgen.io.SamplingDefaults}), which may differ for drawing and for reading photos: for the released models 250 steps
 * of the stochastic sampler and no guidance. A student's, which are for its steps alone, count where a request sets nothing of the kind,
 * see {@link MmGen#generate}. One thread at a time can use it.
 */
public final class ImageRequestBuilder {

    private final MmGen mmgen;
    private final ImagePipeline pipeline;
    private final Map<Modality, RgbImage> conditions = new LinkedHashMap<>();
    private Fit fit = Fit.CROP;
    private ImageRequest.@Nullable Inpainting inpainting;
    private ImageRequest.@Nullable Start start;
    private List<Modality> wanted = List.of();
    private int category = SamplingRequest.NO_CLASS;
    private int width;
    private int height;
    private int first;
    private int count = 1;
    private int ensemble = 1;
    private int batch = 4;
    private long seed;
    private final MethodChoice method;
    private double holdTime = SamplingRequest.DEFAULT_HOLD_TIME;
    private Consumer<? super SamplingStep> listener = _ -> {};

    /**
     * Starts a request.
     *
     * @param defaults of a request that sets nothing of its method
     * @param own      what is left open in one that does
     */
    ImageRequestBuilder(MmGen mmgen, ImagePipeline pipeline, SamplingDefaults defaults, SamplingDefaults own) {
        this.mmgen = mmgen;
        this.pipeline = pipeline;
        this.method = new MethodChoice(defaults, own);
        size(mmgen.resolution(), mmgen.resolution());
    }

    /**
     * Asks for a class of the model; without this the class is left open.
     *
     * @throws IllegalArgumentException if the model does not have the class
     */
    public ImageRequestBuilder category(int newCategory) {
        pipeline.limits().requireCategory(newCategory);
        category = newCategory;
        return this;
    }

    /**
     * Asks for a class by the name that the model's folder has for it.
     *
     * @throws IllegalArgumentException if it has no such name; the message lists those it has
     */
    public ImageRequestBuilder category(String name) {
        return category(mmgen.config().category(name));
    }

    /**
     * Gives a modality as a condition, which the others will fit. Several can be given; pictures of another size are brought to
     * that of the request by {@link #fit}: without that, cropped to the middle by {@link CoverCrop}, and come back so in the result.
     *
     * @throws java.util.NoSuchElementException if the model does not know the modality
     */
    public ImageRequestBuilder given(Modality modality, RgbImage picture) {
        mmgen.modalities().indexOf(modality);
        conditions.put(modality, Objects.requireNonNull(picture, "picture"));
        return this;
    }

    /**
     * Keeps an image except for a region, which is drawn anew in all its modalities (inpainting). Modalities that the image
     * lacks are drawn whole.
     *
     * @param image  the pictures to keep, of the size of the request; their pixels outside of the region come out as they are
     * @param region the pixels to draw anew, of the same size, at least one
     * @throws java.util.NoSuchElementException if the model does not know one of the image's modalities
     * @throws IllegalArgumentException if the region is empty or of another size than the image
     */
    public ImageRequestBuilder inpaint(MultiModalImage image, Mask region) {
        image.pictures().keySet().forEach(mmgen.modalities()::indexOf);
        inpainting = new ImageRequest.Inpainting(image, region);
        method.leaveStudent();
        return this;
    }

    /**
     * Begins from an image instead of noise alone (SDEdit, Meng et al., arXiv 2108.01073): its latents, mixed with noise, at a time
     * of the path; the steps before that time are left out. So the frames of a video are read one after another with less flicker,
     * each from the one before, and images are varied:
     *
     * {@snippet class="dev.mmgen.SnippetsTest" region="frames"}
     *
     * @param image    with all modalities of the model but the conditions; it is cropped as conditions are
     * @param strength the time to begin at, above 0 (the image is kept) and at most 1 (it is not seen)
     * @throws java.util.NoSuchElementException if the model does not know one of the image's modalities
     * @throws IllegalArgumentException if the strength is out of range
     */
    public ImageRequestBuilder startFrom(MultiModalImage image, double strength) {
        image.pictures().keySet().forEach(mmgen.modalities()::indexOf);
        start = new ImageRequest.Start(image, strength);
        method.leaveStudent();
        return this;
    }

    /** Sets how conditions of another size become pictures of the request's; {@link Fit#CROP} by default. */
    public ImageRequestBuilder fit(Fit newFit) {
        fit = Objects.requireNonNull(newFit, "fit");
        return this;
    }

    /**
     * Decodes these modalities only; without this, all.
     *
     * @throws java.util.NoSuchElementException if the model does not know one of them
     */
    public ImageRequestBuilder only(Modality... modalities) {
        for (Modality modality : modalities) {
            mmgen.modalities().indexOf(modality);
        }
        wanted = List.of(modalities);
        return this;
    }

    /** Sets the seed of the random numbers; 0 by default. */
    public ImageRequestBuilder seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /**
     * Sets the number of the first image among all of the seed; 0 by default. Image 9 drawn alone is the last of 10 that are
     * drawn together.
     */
    public ImageRequestBuilder first(int newFirst) {
        ImageRequest.requireBetween("first", newFirst, 0, Integer.MAX_VALUE);
        first = newFirst;
        return this;
    }

    /** Asks for several images, which differ in their noise; for 1 by default. */
    public ImageRequestBuilder count(int newCount) {
        ImageRequest.requireBetween("count", newCount, 1, Integer.MAX_VALUE);
        count = newCount;
        return this;
    }

    /**
     * Merges several readings of a photo to one, which is better than each, and tells how far they differ
     * ({@link MultiModalImage#uncertainty}). Depth is aligned by a scale and a shift for each reading, as in Marigold (Ke et al.,
     * arXiv 2312.02145, section 3.4), and averaged; of normals the mean direction is taken; a segmentation is put to the vote.
     *
     * <p>Readings differ by their noise: of a model that reads in one step without noise they take a second step, unless steps are set.
     *
     * @param readings from 1 to 1,000; 1 by default. Each takes the time of a reading
     */
    public ImageRequestBuilder ensemble(int readings) {
        ImageRequest.requireBetween("ensemble", readings, 1, ImageRequest.MAX_ENSEMBLE);
        ensemble = readings;
        return this;
    }

    /** Sets how many images are drawn at once, 4 by default: more need more memory. */
    public ImageRequestBuilder batch(int newBatch) {
        ImageRequest.requireBetween("batch", newBatch, 1, Integer.MAX_VALUE);
        batch = newBatch;
        return this;
    }

    /**
     * Sets the size of the pictures in pixels: multiples of the autoencoder's factor times the patch size, up to 5/4 of the side that
     * the model was trained on. What is drawn beyond frays at its edges; see {@link #anySize}.
     *
     * @throws IllegalArgumentException if it is another size
     */
    public ImageRequestBuilder size(int newWidth, int newHeight) {
        pipeline.limits().requireSize(newWidth, newHeight);
        pipeline.limits().requireKnownSize(newWidth, newHeight);
        return set(newWidth, newHeight);
    }

    /**
     * Returns true for a size that {@link #size} refuses: one with a side of more than 5/4 of the training's.
     *
     * @param resolution height and width of the pictures that the model was trained on
     */
    public static boolean isBeyondTraining(int width, int height, int resolution) {
        return 4L * Math.max(width, height) > 5L * resolution;
    }

    /**
     * Sets the size of the pictures in pixels, also far beyond that of the training: multiples of the autoencoder's factor times the
     * patch size.
     *
     * @throws IllegalArgumentException if it is another size
     */
    public ImageRequestBuilder anySize(int newWidth, int newHeight) {
        pipeline.limits().requireSize(newWidth, newHeight);
        return set(newWidth, newHeight);
    }

    private ImageRequestBuilder set(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        return this;
    }

    /** Sets the number of inference steps, up to 100,000, at the times that suit the sampler. */
    public ImageRequestBuilder steps(int newSteps) {
        ImageRequest.requireBetween("steps", newSteps, 1, ImageRequest.MAX_STEPS);
        method.steps(newSteps);
        return this;
    }

    /**
     * Sets how far the times that suit the sampler are moved towards noise, 0.01 to 100, see {@link TimeGrid#shifted}: few steps
     * gain by 2 to 4. Other samplers and steps than the model's keep its shift; 1 takes it away.
     */
    public ImageRequestBuilder shift(double newShift) {
        TimeGrid.requireShift(newShift);
        method.shift(newShift);
        return this;
    }

    /** Sets the times to visit, in place of {@link #steps} and {@link #shift}. */
    public ImageRequestBuilder grid(TimeGrid newGrid) {
        method.grid(Objects.requireNonNull(newGrid, "grid"));
        return this;
    }

    /** Sets the time at which conditions are held, from 0 (without noise) to 1; {@code 0.005} by default, as released. */
    public ImageRequestBuilder holdTime(double newHoldTime) {
        if (!(newHoldTime >= 0 && newHoldTime <= 1)) {
            throw new IllegalArgumentException("hold time is " + newHoldTime + "; it must be from 0 to 1");
        }
        holdTime = newHoldTime;
        return this;
    }

    /** Sets the numerical method. */
    public ImageRequestBuilder sampler(Sampler newSampler) {
        method.sampler(Objects.requireNonNull(newSampler, "sampler"));
        return this;
    }

    /**
     * Sets classifier-free guidance at all times: how closely the class is followed; 1 is none. A student that has guidance in it
     * takes no more. How closely conditions are followed stays as it is.
     */
    public ImageRequestBuilder guidance(double scale) {
        return guidance(known -> known.withScale(scale).within(0, 1));
    }

    /** Sets guidance: how closely class and conditions are followed, and the times at which that applies. */
    public ImageRequestBuilder guidance(Guidance newGuidance) {
        Objects.requireNonNull(newGuidance, "guidance");
        return guidance(_ -> newGuidance);
    }

    /**
     * Changes the guidance that was set, or is the model's own. Conditions are followed more closely by
     * {@code guidance(known -> known.withConditionScale(3))}, which takes one more evaluation where guidance applies. A student
     * that has guidance by conditions in it takes no more of it.
     */
    public ImageRequestBuilder guidance(UnaryOperator<Guidance> change) {
        method.guidance(change);
        return this;
    }

    /**
     * Sets the listener that hears of every step, on the thread that draws, and may cancel. In every batch, steps count from 1
     * again; {@link SamplingStep#batch} and {@link SamplingStep#batches} tell which one it is.
     */
    public ImageRequestBuilder onStep(Consumer<? super SamplingStep> newListener) {
        listener = Objects.requireNonNull(newListener, "listener");
        return this;
    }

    /**
     * Returns the request, whose conditions are cropped to its size for {@link Fit#CROP}.
     *
     * @throws IllegalArgumentException if settings contradict each other, or the model was not taught what the sampler asks of it;
     *     the message names them
     */
    public ImageRequest build() {
        method.requireTaught(mmgen.config(), pipeline.isGuided());
        ImageRequest.Start from = start == null
                ? null
                : new ImageRequest.Start(
                        new MultiModalImage(cropped(start.image().pictures())), start.strength());
        ImageRequest.Given given = new ImageRequest.Given(cropped(conditions), fit, inpainting, from);
        return new ImageRequest(
                given,
                wanted,
                category,
                width,
                height,
                new ImageRequest.Series(seed, first, count, ensemble, batch),
                method.method(given.photoAlone(), ensemble, holdTime),
                listener);
    }

    private Map<Modality, RgbImage> cropped(Map<Modality, RgbImage> pictures) {
        if (fit != Fit.CROP) {
            return pictures;
        }
        CoverCrop crop = new CoverCrop(width, height);
        Map<Modality, RgbImage> cropped = new LinkedHashMap<>();
        pictures.forEach((modality, picture) -> cropped.put(modality, crop.apply(picture)));
        return cropped;
    }

    /**
     * Draws one image.
     *
     * @throws IllegalStateException if {@link #count} asked for several
     * @see MmGen#run for the other exceptions
     */
    public MultiModalImage run() {
        requireOne("runAll");
        return runAll().getFirst();
    }

    /**
     * Draws the images.
     *
     * @see MmGen#run for the exceptions
     */
    public List<MultiModalImage> runAll() {
        return mmgen.run(build());
    }

    /**
     * Draws one image on a thread of the library's.
     *
     * @return the image, or what {@link #run} would throw; cancelling it ends the request between two steps
     * @throws IllegalStateException if {@link #count} asked for several
     * @throws IllegalArgumentException if settings contradict each other
     */
    public CompletableFuture<MultiModalImage> runAsync() {
        requireOne("runAllAsync");
        return mmgen.runFirstAsync(build());
    }

    /**
     * Draws the images on a thread of the library's.
     *
     * @throws IllegalArgumentException if settings contradict each other
     * @see MmGen#runAsync
     */
    public CompletableFuture<List<MultiModalImage>> runAllAsync() {
        return mmgen.runAsync(build());
    }

    /**
     * Draws the images and gives them as they are made.
     *
     * {@snippet class="dev.mmgen.SnippetsTest" region="stream"}
     *
     * @throws IllegalArgumentException if settings contradict each other
     * @see MmGen#stream
     */
    public Stream<MultiModalImage> stream() {
        return mmgen.stream(build());
    }

    private void requireOne(String other) {
        if (count != 1) {
            throw new IllegalStateException("this request is for " + count + " images; use " + other);
        }
    }
}
