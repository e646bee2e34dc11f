package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.CheckedAutoencoder;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The walk of an image: pictures → autoencoder → latents → sampler → latents → autoencoder → pictures. */
final class ImagePipeline {

    private final String name;
    private final ModelConfig config;
    private final Drawers drawers;
    private final Autoencoder autoencoder;
    private final CheckedAutoencoder checked;
    private final Interpolant path;
    private final ModalitySet modalities;
    private final MultiModalDecoder decoder;

    /**
     * Joins parts, which stay the caller's. The model is called by its class.
     *
     * @throws IllegalArgumentException if the parts do not fit each other
     */
    ImagePipeline(ModelConfig config, VelocityModel model, Autoencoder autoencoder, Interpolant path) {
        this(model.getClass().getSimpleName(), config, Drawers.of(model), autoencoder, path);
    }

    private ImagePipeline(String name, ModelConfig config, Drawers drawers, Autoencoder autoencoder, Interpolant path) {
        this.name = name;
        this.config = config;
        this.drawers = drawers;
        this.autoencoder = autoencoder;
        this.path = path;
        this.checked = CheckedAutoencoder.of(autoencoder);
        this.modalities = config.modalities();
        VelocityModel model = drawers.model();
        VelocityModel.Inputs inputs = Objects.requireNonNull(
                model.inputs(),
                () -> "the velocity model " + model.getClass().getName() + " returned null from inputs");
        int channels = config.transformer().latentChannels();
        if (inputs.modalities() != modalities.size() || inputs.latentChannels() != channels) {
            throw new IllegalArgumentException(
                    "the velocity model " + model.getClass().getName() + " has "
                            + inputs.modalities() + " modalities of " + inputs.latentChannels()
                            + " latent channels, but the settings name " + modalities.size() + " of " + channels);
        }
        this.decoder = new MultiModalDecoder(checked, modalities, config.latents());
    }

    String name() {
        return name;
    }

    /** Returns a pipeline of the same parts, whose images tell this name of the model in their traces. */
    ImagePipeline named(String model) {
        return new ImagePipeline(model, config, drawers, autoencoder, path);
    }

    /** Returns a pipeline of the same autoencoder and guide with another velocity model and its settings, and without a student. */
    ImagePipeline with(ModelConfig settings, VelocityModel other) {
        return new ImagePipeline(name, settings, drawers.with(other), autoencoder, path);
    }

    /**
     * Returns a pipeline of the same parts with a student, which draws the requests of its own steps, by default those that set nothing
     * of the kind. It stays the caller's.
     */
    ImagePipeline taught(Student other) {
        return new ImagePipeline(name, config, drawers.taught(other), autoencoder, path);
    }

    /**
     * Returns a pipeline of the same parts that a weaker model guides, without a student.
     *
     * @param called its name in traces
     * @throws IllegalArgumentException if it does not fit the model
     */
    ImagePipeline guidedBy(VelocityModel weaker, String called) {
        Drawers guided = drawers.guidedBy(new Drawers.Guide(weaker, called), path);
        return new ImagePipeline(name, config, guided, autoencoder, path);
    }

    /** Returns true if a weaker model guides. */
    boolean isGuided() {
        return drawers.guide() != null;
    }

    ModelConfig config() {
        return config;
    }

    /** Returns the student, if there is one. */
    Optional<VelocityModel> student() {
        return Optional.ofNullable(drawers.student()).map(Student::transformer);
    }

    /** Returns sampler, steps and guidance of drawing where a request sets none: the student's, if there is one. */
    SamplingDefaults drawing() {
        Student student = drawers.student();
        return student == null ? config.sampling() : student.steps();
    }

    VelocityModel model() {
        return drawers.model();
    }

    Autoencoder autoencoder() {
        return autoencoder;
    }

    /** Returns what the model can draw. */
    ModelLimits limits() {
        return new ModelLimits(model().inputs(), checked.factor(), modalities);
    }

    Map<String, String> trace(ImageRequest request) {
        return trace(request, request.series().first());
    }

    private Map<String, String> trace(ImageRequest request, int number) {
        Drawers.Guide guide = drawers.guide();
        return Trace.of(drawers.name(name, request), type(), guide == null ? null : guide.name(), request, number);
    }

    /** Returns the type that a model of this library computes in, as options call it. */
    private @Nullable String type() {
        if (model() instanceof DiffusionTransformer transformer) {
            return (transformer.hasQuantizedMatrices() ? DType.INT8 : transformer.dtype()).torchName();
        }
        return null;
    }

    /**
     * Draws images, those of neighbouring requests together where they fit into one batch. An interrupt of this thread ends that
     * between two steps, and is kept.
     *
     * @param parts   of requests, at least one
     * @param stopped asked after every step, on this thread: whether to end there
     * @return the images of all parts in order
     */
    List<MultiModalImage> run(List<ImagePart> parts, BooleanSupplier stopped) {
        parts.forEach(part -> limits().requireFit(part.request()));
        if (parts.stream().anyMatch(part -> part.request().given().fit() != Fit.CROP)) {
            return runInWindows(parts, stopped);
        }
        List<MultiModalImage> images = new ArrayList<>();
        BatchCount count = BatchCount.of(parts);
        try (Drawers.Samplers samplers = drawers.samplers(parts, path)) {
            for (List<ImagePart> group : ImagePart.groups(parts)) {
                ImageRequest request = group.getFirst().request();
                images.addAll(draw(samplers.of(request), group, step -> hear(count.tell(step), request, stopped)));
            }
        }
        return images;
    }

    /** Draws through the windows of all requests, and joins them to images of the photos' sizes. */
    private List<MultiModalImage> runInWindows(List<ImagePart> parts, BooleanSupplier stopped) {
        List<@Nullable Windows> windows = new ArrayList<>();
        List<ImagePart> tiles = new ArrayList<>();
        for (ImagePart part : parts) {
            ImageRequest request = part.request();
            Windows seen = request.given().fit() == Fit.CROP ? null : Windows.of(request);
            windows.add(seen);
            for (ImageRequest tile : seen == null ? List.of(request) : seen.requests()) {
                tiles.add(part.of(tile));
            }
        }
        List<MultiModalImage> drawn = run(tiles, stopped);
        List<MultiModalImage> images = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < parts.size(); i++) {
            ImagePart part = parts.get(i);
            Windows seen = windows.get(i);
            int count = seen == null ? 1 : seen.placements().size();
            for (int image = 0; image < part.count(); image++) {
                if (seen == null) {
                    images.add(drawn.get(next + image));
                    continue;
                }
                List<MultiModalImage> shown = new ArrayList<>();
                for (int tile = 0; tile < count; tile++) {
                    shown.add(drawn.get(next + tile * part.count() + image));
                }
                images.add(seen.join(shown, trace(part.request(), part.first() + image)));
            }
            next += count * part.count();
        }
        return images;
    }

    private List<MultiModalImage> draw(LatentSampler sampler, List<ImagePart> group, Consumer<SamplingStep> listener) {
        ImageRequest shared = group.getFirst().request();
        List<Modality> drawn = shown(shared).stream()
                .filter(modality -> !shared.given().conditions().containsKey(modality))
                .toList();
        List<Map<Modality, FloatImage>> decoded = new ArrayList<>();
        try (TensorScope _ = TensorScope.open()) {
            EncodedPictures encoded = encode(group);
            for (List<SamplePart> batch : ImagePart.batches(group)) {
                try (TensorScope _ = TensorScope.open()) {
                    SamplingRequest request =
                            batch(batch, encoded).onStep(listener).build();
                    decoded.addAll(decoder.decodeNumbers(sampler.sample(request), drawn));
                }
            }
        }
        List<MultiModalImage> images = new ArrayList<>();
        int next = 0;
        for (ImagePart part : group) {
            for (int i = 0; i < part.count(); i++) {
                int end = next + part.request().series().ensemble();
                Ensemble ensemble = Ensemble.of(decoded.subList(next, end));
                images.add(join(part.request(), ensemble, trace(part.request(), part.first() + i)));
                next = end;
            }
        }
        return images;
    }

    private EncodedPictures encode(List<ImagePart> group) {
        ImageRequest shared = group.getFirst().request();
        EncodedPictures encoded = new EncodedPictures(checked, config);
        for (Modality modality : shared.given().conditions().keySet()) {
            encoded.add(
                    modality,
                    group.stream()
                            .map(part -> Objects.requireNonNull(
                                    part.request().given().conditions().get(modality)))
                            .toList());
        }
        shared.given().kept().forEach((modality, picture) -> encoded.add(modality, List.of(picture)));
        if (shared.given().start() != null) {
            encoded.addStarts(group.stream()
                    .map(part -> Objects.requireNonNull(part.request().given().start())
                            .image())
                    .toList());
        }
        return encoded;
    }

    private static void hear(SamplingStep step, ImageRequest request, BooleanSupplier stopped) {
        request.listener().accept(step);
        if (stopped.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            step.cancel();
        }
    }

    private List<Modality> shown(ImageRequest request) {
        return request.wanted().isEmpty() ? modalities.list() : request.wanted();
    }

    /** Returns what a request wants or gives. */
    private Set<Modality> asked(ImageRequest request) {
        Set<Modality> asked = new HashSet<>(shown(request));
        asked.addAll(request.given().conditions().keySet());
        asked.addAll(request.given().kept().keySet());
        return asked;
    }

    /** Returns a batch as the sampler takes it. */
    private SamplingRequest.Builder batch(List<SamplePart> parts, EncodedPictures encoded) {
        ImageRequest request = parts.getFirst().request();
        int factor = checked.factor();
        int[] labels = parts.stream()
                .flatMapToInt(part ->
                        IntStream.generate(() -> part.request().category()).limit(part.count()))
                .toArray();
        SamplingRequest.Builder batch = SamplingRequest.of(labels)
                .size(request.height() / factor, request.width() / factor)
                .guidance(request.method().guidance())
                .sampler(request.method().sampler())
                .steps(request.method().steps())
                .shift(request.method().shift())
                .holdTime(request.method().holdTime())
                .blank(config.blank(asked(request)))
                .noise(() -> SamplePart.noise(parts));
        if (request.method().grid() != null) {
            batch.grid(request.method().grid());
        }
        for (Modality modality : request.given().conditions().keySet()) {
            batch.condition(modalities.indexOf(modality), encoded.draw(modality, parts));
        }
        if (request.given().start() != null) {
            batch.start(encoded.start(parts), request.given().start().strength());
        }
        if (request.given().inpainting() != null) {
            Tensor region = request.given().inpainting().region().latents(factor);
            for (Modality modality : request.given().kept().keySet()) {
                batch.inpaint(modalities.indexOf(modality), encoded.draw(modality, parts), region);
            }
        }
        return batch;
    }

    /** Joins what was drawn with the conditions, which are not passed through the autoencoder a second time. */
    private MultiModalImage join(ImageRequest request, Ensemble drawn, Map<String, String> trace) {
        ImageRequest.Inpainting inpainting = request.given().inpainting();
        Map<Modality, RgbImage> kept = request.given().kept();
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        Map<Modality, FloatImage> numbers = new LinkedHashMap<>();
        for (Modality modality : shown(request)) {
            RgbImage condition = request.given().conditions().get(modality);
            if (condition != null) {
                pictures.put(modality, condition);
                continue;
            }
            FloatImage decoded = Objects.requireNonNull(drawn.numbers().get(modality));
            RgbImage picture = decoded.toRgbImage(Quantization.TRUNCATE);
            RgbImage original = kept.get(modality);
            if (original != null && inpainting != null) {
                picture = inpainting.region().restore(original, picture);
                decoded = inpainting.region().restore(inpainting.image().numbers(modality), decoded);
            }
            pictures.put(modality, picture);
            numbers.put(modality, decoded);
        }
        return new MultiModalImage(pictures, numbers, drawn.uncertainty(), trace);
    }
}
