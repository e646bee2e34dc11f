package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
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
import java.util.function.BooleanSupplier;

/** The walk of an image: pictures → autoencoder → latents → sampler → latents → autoencoder → pictures. */
final class ImagePipeline {

    private final String name;
    private final ModelConfig config;
    private final VelocityModel model;
    private final Autoencoder autoencoder;
    private final Interpolant path;
    private final ModalitySet modalities;
    private final MultiModalDecoder decoder;

    /**
     * Joins parts, which stay the caller's. The model is called by its class.
     *
     * @throws IllegalArgumentException if the parts do not fit each other
     */
    ImagePipeline(ModelConfig config, VelocityModel model, Autoencoder autoencoder, Interpolant path) {
        this(model.getClass().getSimpleName(), config, model, autoencoder, path);
    }

    private ImagePipeline(
            String name, ModelConfig config, VelocityModel model, Autoencoder autoencoder, Interpolant path) {
        this.name = name;
        this.config = config;
        this.model = model;
        this.autoencoder = autoencoder;
        this.path = path;
        this.modalities = config.modalities();
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
        this.decoder = new MultiModalDecoder(autoencoder, modalities, config.latents());
    }

    /** Returns a pipeline of the same parts, whose images tell this name of the model in their traces. */
    ImagePipeline named(String model) {
        return new ImagePipeline(model, config, this.model, autoencoder, path);
    }

    ModelConfig config() {
        return config;
    }

    VelocityModel model() {
        return model;
    }

    Autoencoder autoencoder() {
        return autoencoder;
    }

    /**
     * Some of a request's images.
     *
     * @param first the number of the first among those of the seed
     * @param count of images
     */
    record Part(ImageRequest request, int first, int count) {

        static Part all(ImageRequest request) {
            return new Part(request, request.first(), request.count());
        }

        /** Returns the batch that follows on the first images. */
        static Part batch(ImageRequest request, int done) {
            return new Part(request, request.first() + done, Math.min(request.batch(), request.count() - done));
        }
    }

    /**
     * Draws images. An interrupt of this thread ends that between two steps, and is kept.
     *
     * @param stopped asked after every step, on this thread: whether to end there
     */
    List<MultiModalImage> run(Part part, BooleanSupplier stopped) {
        ImageRequest request = part.request();
        requireFit(request);
        Map<Modality, RgbImage> conditions = request.conditions();
        Map<Modality, RgbImage> kept = kept(request);
        List<Modality> drawn = shown(request).stream()
                .filter(modality -> !conditions.containsKey(modality))
                .toList();
        List<MultiModalImage> images = new ArrayList<>();
        try (LatentSampler sampler = new LatentSampler(model, path);
                TensorScope _ = TensorScope.open()) {
            EncodedPictures encoded = new EncodedPictures(autoencoder, config, request.seed());
            conditions.forEach(encoded::add);
            kept.forEach(encoded::add);
            while (images.size() < part.count()) {
                int first = part.first() + images.size();
                int samples = Math.min(request.batch(), part.count() - images.size());
                try (TensorScope _ = TensorScope.open()) {
                    SamplingRequest batch = batch(request, encoded, first, samples)
                            .onStep(step -> hear(step, request, stopped))
                            .build();
                    for (Map<Modality, FloatImage> numbers : decoder.decodeNumbers(sampler.sample(batch), drawn)) {
                        images.add(join(request, numbers, Trace.of(name, request, part.first() + images.size())));
                    }
                }
            }
        }
        return images;
    }

    private static void hear(SamplingStep step, ImageRequest request, BooleanSupplier stopped) {
        request.listener().accept(step);
        if (stopped.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            step.cancel();
        }
    }

    private static Map<Modality, RgbImage> kept(ImageRequest request) {
        return request.inpainting() == null
                ? Map.of()
                : request.inpainting().image().pictures();
    }

    private List<Modality> shown(ImageRequest request) {
        return request.wanted().isEmpty() ? modalities.list() : request.wanted();
    }

    /** Returns the samples {@code first} to {@code first + samples - 1} of a request as the sampler takes them. */
    private SamplingRequest.Builder batch(ImageRequest request, EncodedPictures encoded, int first, int samples) {
        int factor = autoencoder.factor();
        int[] labels = new int[samples];
        Arrays.fill(labels, request.category());
        SamplingRequest.Builder batch = SamplingRequest.of(labels)
                .size(request.height() / factor, request.width() / factor)
                .guidance(request.guidance())
                .sampler(request.sampler())
                .steps(request.steps())
                .holdTime(request.holdTime())
                .seed(request.seed(), first);
        if (request.grid() != null) {
            batch.grid(request.grid());
        }
        for (Modality modality : request.conditions().keySet()) {
            batch.condition(modalities.indexOf(modality), encoded.draw(modality, first, samples));
        }
        if (request.inpainting() != null) {
            Tensor region = request.inpainting().region().latents(factor);
            for (Modality modality : kept(request).keySet()) {
                batch.inpaint(modalities.indexOf(modality), encoded.draw(modality, first, samples), region);
            }
        }
        return batch;
    }

    /** Joins what was drawn with the conditions, which are not passed through the autoencoder a second time. */
    private MultiModalImage join(ImageRequest request, Map<Modality, FloatImage> drawn, Map<String, String> trace) {
        ImageRequest.Inpainting inpainting = request.inpainting();
        Map<Modality, RgbImage> kept = kept(request);
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        Map<Modality, FloatImage> numbers = new LinkedHashMap<>();
        for (Modality modality : shown(request)) {
            RgbImage condition = request.conditions().get(modality);
            if (condition != null) {
                pictures.put(modality, condition);
                continue;
            }
            FloatImage decoded = Objects.requireNonNull(drawn.get(modality));
            RgbImage picture = decoded.toRgbImage(Quantization.TRUNCATE);
            RgbImage original = kept.get(modality);
            if (original != null && inpainting != null) {
                picture = inpainting.region().restore(original, picture);
                decoded = inpainting.region().restore(inpainting.image().numbers(modality), decoded);
            }
            pictures.put(modality, picture);
            numbers.put(modality, decoded);
        }
        return new MultiModalImage(pictures, numbers, trace);
    }

    private void requireFit(ImageRequest request) {
        requireSize(request.width(), request.height());
        if (request.category() != SamplingRequest.NO_CLASS) {
            requireCategory(request.category());
        }
        request.conditions().keySet().forEach(modalities::indexOf);
        kept(request).keySet().forEach(modalities::indexOf);
        request.wanted().forEach(modalities::indexOf);
    }

    /**
     * Checks the size of pictures.
     *
     * @throws IllegalArgumentException if the model cannot draw it
     */
    void requireSize(int width, int height) {
        int unit = autoencoder.factor() * model.inputs().patchSize();
        if (width < unit || height < unit || width % unit != 0 || height % unit != 0) {
            throw new IllegalArgumentException(
                    "size is " + width + " x " + height + " pixels; both must be multiples of " + unit);
        }
        if ((long) width * height > RgbImage.MAX_PIXELS) {
            throw new IllegalArgumentException("size is " + width + " x " + height + " pixels; a picture has at most "
                    + RgbImage.MAX_PIXELS + " of them");
        }
    }

    /**
     * Checks a category.
     *
     * @throws IllegalArgumentException if the model does not have it
     */
    void requireCategory(int category) {
        int classes = model.inputs().classes();
        if (classes == 0) {
            throw new IllegalArgumentException("category is " + category + ", but this model has no categories");
        }
        ImageRequest.requireBetween("category", category, 0, classes - 1);
    }
}
