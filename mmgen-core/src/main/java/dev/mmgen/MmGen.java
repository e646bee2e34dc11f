package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.lora.Adapter;
import dev.mmgen.lora.AdapterOverlay;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model that is ready to draw and to see: the pipeline from pictures to pictures, and the start of its requests.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="mmgen"}
 *
 * <p>Weights are mapped, so opening takes no time and memory grows with what is used.
 *
 * <p>Any thread may open, ask and close, several at once. A request runs on the platform thread that calls; those of virtual
 * threads, {@link #runAsync} and {@link #stream} run on daemon threads of this object, {@code mmgen-1} and up: as many as the
 * JVM has processors for requests of {@link Torch#threads} threads each, while the others wait in line. Parts of a program's own
 * ({@link #of}) are then used by those threads, so their tensors must be in no open scope.
 */
public final class MmGen implements AutoCloseable {

    /** The location of the model that {@link #shapes} opens. */
    public static final String SHAPES = ClasspathModel.PREFIX + "mmgen-model-shapes";

    private final ImagePipeline pipeline;
    private final RunningRequests requests;
    private final Runnable release;
    private final AtomicBoolean released = new AtomicBoolean();

    private MmGen(ImagePipeline pipeline, Runnable release) {
        this.pipeline = pipeline;
        this.requests = new RunningRequests(pipeline);
        this.release = release;
    }

    /**
     * Opens a model folder, as {@code mmgen convert} writes it: {@code config.json}, {@code model.safetensors} (or shards) and
     * {@code vae/}.
     *
     * @throws dev.mmgen.io.ModelFolderException if a file is missing, or settings and weights do not fit
     * @throws dev.mmgen.torch.weights.WeightFileException if a weight file is damaged
     */
    public static MmGen open(Path folder) {
        return open(folder, MmGenOptions.DEFAULT);
    }

    /**
     * Opens a model folder with options.
     *
     * @throws IllegalArgumentException if there is no such device
     * @see #open(Path) for the other exceptions
     */
    public static MmGen open(Path folder, MmGenOptions options) {
        return PlatformThread.call(() -> of(new ModelOpening(options).folder(folder)));
    }

    /**
     * Opens a model folder by its location: a path, or {@code classpath:} and the name of a folder among the resources.
     *
     * @see #open(Path) for the exceptions
     */
    public static MmGen open(String location) {
        return open(location, MmGenOptions.DEFAULT);
    }

    /** Opens a model folder by its location, see {@link #open(String)}, with options. */
    public static MmGen open(String location, MmGenOptions options) {
        if (!location.startsWith(ClasspathModel.PREFIX)) {
            return open(Path.of(location), options);
        }
        String name = location.substring(ClasspathModel.PREFIX.length());
        try (ClasspathModel model = ClasspathModel.open(name)) {
            return open(model.folder(), options).named(Adapter.names(name, options.adapters()));
        }
    }

    /**
     * Opens the small model of a world of simple solids that the artifact {@code dev.mmgen:mmgen-model-shapes} brings: sixteen
     * categories, four modalities, 128 x 128 pixels. Its folder brings a student, which draws in four evaluations, see {@link #generate}.
     *
     * @throws dev.mmgen.io.ModelFolderException if that artifact is not on the class path
     */
    public static MmGen shapes() {
        return open(SHAPES);
    }

    /**
     * Opens an official checkpoint, of which only the EMA weights ({@code ema}) are read, and an autoencoder in the layout of
     * diffusers.
     *
     * @param checkpoint {@code .pt}; nothing in it is executed
     * @param autoencoder the folder of {@code sd-vae-ft-mse}
     * @throws IllegalArgumentException if there is no such device
     * @see OfficialCheckpoint#open(Path) for the other exceptions
     */
    public static MmGen open(Path checkpoint, Path autoencoder, MmGenOptions options) {
        return PlatformThread.call(() -> of(new ModelOpening(options).checkpoint(checkpoint, autoencoder)));
    }

    private static MmGen of(ModelOpening.Opened opened) {
        return new MmGen(opened.pipeline(), opened.release());
    }

    private MmGen named(String name) {
        return new MmGen(pipeline.named(name), release);
    }

    /**
     * Joins parts, of which any can be a user's own, for the path that the settings name.
     *
     * @see #of(ModelConfig, VelocityModel, Autoencoder, Interpolant)
     */
    public static MmGen of(ModelConfig config, VelocityModel model, Autoencoder autoencoder) {
        return of(config, model, autoencoder, config.interpolant());
    }

    /**
     * Joins parts, of which any can be a user's own. They stay the caller's, who closes them after this.
     *
     * @param config      modalities, normalisation of latents, names of categories and sampling defaults
     * @param model       of as many modalities and latent channels as the settings name
     * @param autoencoder of as many latent channels, between pictures of 3 channels
     * @param path        that the model was trained on
     * @throws IllegalArgumentException if the parts do not fit each other
     */
    public static MmGen of(ModelConfig config, VelocityModel model, Autoencoder autoencoder, Interpolant path) {
        return new MmGen(new ImagePipeline(config, model, autoencoder, path), () -> {});
    }

    /**
     * Returns this model with a LoRA adapter laid over it, at full strength and merged.
     *
     * @see #withAdapters
     */
    public MmGen withAdapter(Path folder) {
        return withAdapters(Adapter.of(folder));
    }

    /**
     * Returns this model with LoRA adapters laid over it, as {@code mmgen finetune --lora} and PEFT write them. This model stays
     * as it is to the bit, and to take adapters off is to go on with it. Weights that no adapter changes are shared. The adapter of a
     * student brings its sampler and steps; a student in this model's own folder does not lie over the new one.
     *
     * @param adapters each with its strength; several add up
     * @return a model of its own, whose autoencoder is this one's: close it before this
     * @throws dev.mmgen.torch.weights.WeightFileException if a folder does not hold an adapter for this model
     * @throws IllegalArgumentException if two of them are students'
     * @throws IllegalStateException if this is closed, or was made of a velocity model that is no transformer
     */
    public MmGen withAdapters(Adapter... adapters) {
        return PlatformThread.call(() -> {
            ModelConfig settings = AdapterOverlay.settings(config(), List.of(adapters));
            DiffusionTransformer adapted = AdapterOverlay.of(transformer(), List.of(adapters));
            String name = Adapter.names(pipeline.name(), List.of(adapters));
            return new MmGen(pipeline.with(settings, adapted).named(name), adapted::close);
        });
    }

    /**
     * Returns this model guided by a weaker one: guidance then pushes the velocity away from the weaker model's, in place of the
     * model's own without the class (autoguidance, see {@link dev.mmgen.sampling.Guidance}). That also serves reading photos and models
     * without classes. {@link MmGenOptions#guidedBy} opens one from its files. A student does not come along.
     *
     * @param weaker of the same modalities, latent channels and classes, on the same device; it stays the caller's
     * @return a model of its own, whose parts are this one's: close it before this
     * @throws IllegalArgumentException if the weaker model does not fit
     * @throws IllegalStateException if this is closed
     */
    public MmGen withGuide(VelocityModel weaker) {
        requests.requireOpen();
        return PlatformThread.call(
                () -> new MmGen(pipeline.guidedBy(weaker, weaker.getClass().getSimpleName()), () -> {}));
    }

    /**
     * Starts a request for new images: of a category, under conditions, or both. A model whose folder brings a {@linkplain
     * dev.mmgen.io.ModelFolder#student student} draws them by it in a few steps, unless the request sets sampler, steps, shift, times or
     * guidance, inpaints, or starts from an image: then the model itself draws, by {@code config().sampling()} in all that is left open.
     *
     * @throws IllegalStateException if this is closed
     */
    public ImageRequestBuilder generate() {
        requests.requireOpen();
        return new ImageRequestBuilder(this, pipeline, drawing(), config().sampling());
    }

    /**
     * Starts a request for what a photo shows: its depth, normals and segmentation. A model that reads photos in one step without noise
     * does so from the photo alone; if more is given or an ensemble is asked for, two steps with noise are the default.
     *
     * @throws IllegalStateException if this is closed
     */
    public ImageRequestBuilder understand(RgbImage photo) {
        requests.requireOpen();
        SamplingDefaults reading = config().reading();
        return new ImageRequestBuilder(this, pipeline, reading, reading).given(Modality.RGB, photo);
    }

    /**
     * Draws the images of a request. An interrupt of this thread ends that between two steps, and is kept.
     *
     * @throws IllegalArgumentException if a setting does not fit the model; the message names it
     * @throws java.util.NoSuchElementException if the model does not know a modality of the request
     * @throws dev.mmgen.sampling.SamplingCancelledException if the listener cancelled or this thread was interrupted
     * @throws dev.mmgen.part.PartException if a sampler, interpolant, velocity model or autoencoder breaks its contract; the message
     *     names its class
     * @throws dev.mmgen.torch.TorchException if there is no memory for the tensors of a batch; the message names size and batch
     * @throws OutOfMemoryError if the images do not fit into the Java heap; the message says so
     * @throws IllegalStateException if this is closed
     */
    public List<MultiModalImage> run(ImageRequest request) {
        return requests.run(List.of(request));
    }

    /**
     * Draws the images of several requests, such as the readings of many photos. Neighbours that differ only in pictures, category,
     * seed and numbers are drawn together, as long as their images fit into the first one's batch, in about half the time; each image
     * is the one that its request gives alone, but for a pixel that rounding leaves one level of 255 higher or lower. The listener of
     * a batch is that of its first request.
     *
     * {@snippet class="dev.mmgen.SnippetsTest" region="many"}
     *
     * @return the images of all requests in order
     * @see #run(ImageRequest) for the exceptions
     */
    public List<MultiModalImage> runAll(List<ImageRequest> wanted) {
        return requests.run(wanted);
    }

    /**
     * Draws the images of a request on a thread of this object.
     *
     * @return the images, or whatever {@link #run} would throw. Cancelling it, or completing it in any other way, ends the
     *     request between two steps
     */
    public CompletableFuture<List<MultiModalImage>> runAsync(ImageRequest request) {
        return requests.submit(request, Function.identity());
    }

    /** Draws the first image of a request, likewise. */
    CompletableFuture<MultiModalImage> runFirstAsync(ImageRequest request) {
        return requests.submit(request, List::getFirst);
    }

    /**
     * Draws the images of a request on a thread of this object and gives them as they are made, batch by batch: while one batch
     * is read, the next is drawn. Conditions are encoded once per batch.
     *
     * @return the images in their order. Nothing is drawn before they are read; reading throws what {@link #run} would. Closing
     *     the stream ends the batch under way, so use try-with-resources where it may be left early; closing this object ends it
     *     after that batch
     */
    public Stream<MultiModalImage> stream(ImageRequest request) {
        return ImageStream.of(requests, request);
    }

    /** Returns how the first image of a request would be drawn: its {@link MultiModalImage#trace}. */
    public Map<String, String> trace(ImageRequest request) {
        return pipeline.trace(request);
    }

    /** Returns the model's settings. */
    public ModelConfig config() {
        return pipeline.config();
    }

    /**
     * Returns sampler, steps and guidance of a request for new images that sets none: those of the student in the model's folder, else those
     * of the {@linkplain #config settings}.
     */
    public SamplingDefaults drawing() {
        return pipeline.drawing();
    }

    /** Returns the modalities in the order of their channels. */
    public ModalitySet modalities() {
        return config().modalities();
    }

    /**
     * Returns the velocity model. It belongs to this object, unless this was made {@linkplain #of of parts}.
     *
     * @throws IllegalStateException if this is closed
     */
    public VelocityModel model() {
        requests.requireOpen();
        return pipeline.model();
    }

    /**
     * Returns the student that draws in a few steps, where the model's folder brings one, see {@link #generate}. It belongs to this object.
     *
     * @throws IllegalStateException if this is closed
     */
    public Optional<VelocityModel> student() {
        requests.requireOpen();
        return PlatformThread.call(pipeline::student);
    }

    /**
     * Returns the transformer, where the velocity model is one.
     *
     * @throws IllegalStateException if this is closed, or was made of another velocity model
     * @see #model
     */
    public DiffusionTransformer transformer() {
        if (model() instanceof DiffusionTransformer transformer) {
            return transformer;
        }
        throw new IllegalStateException("this MmGen was made of the velocity model "
                + model().getClass().getName() + ", which is no DiffusionTransformer; use model() instead");
    }

    /**
     * Returns the autoencoder. It belongs to this object, unless this was made {@linkplain #of of parts}.
     *
     * @throws IllegalStateException if this is closed
     */
    public Autoencoder autoencoder() {
        requests.requireOpen();
        return pipeline.autoencoder();
    }

    /** Returns the height and width of the pictures that the model was trained on. */
    public int resolution() {
        return pipeline.limits().resolution();
    }

    /**
     * Waits for the requests under way and frees the model, unless this was made {@linkplain #of of parts}. An interrupt cancels
     * those requests between two steps, and is kept. Closing twice has no effect.
     *
     * @throws IllegalStateException if a listener of such a request calls this, which would wait for itself
     */
    @Override
    public void close() {
        requests.close();
        if (released.compareAndSet(false, true)) {
            release.run();
        }
    }
}
