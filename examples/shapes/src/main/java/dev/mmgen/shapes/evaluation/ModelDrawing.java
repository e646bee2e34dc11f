package dev.mmgen.shapes.evaluation;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.Quantization;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The drawing of many images with a model, as {@link MmGen#generate} draws one, with different categories or conditions in one
 * batch.
 *
 * @param mmgen    the model, which the caller closes
 * @param way      the sampler and its steps
 * @param guidance classifier-free guidance
 * @param batch    images at once, at least 1; no image depends on it
 * @param sharing  the processes that draw together
 * @param listener called after each step
 */
public record ModelDrawing(
        MmGen mmgen,
        SamplingWay way,
        Guidance guidance,
        int batch,
        SharedImages sharing,
        Consumer<? super SamplingStep> listener) {

    /**
     * @throws IllegalArgumentException if a number is out of range, the model does not have the categories, or has guidance in it
     */
    public ModelDrawing {
        if (batch < 1) {
            throw new IllegalArgumentException(batch + " images at once; there must be at least 1");
        }
        edition(mmgen);
        mmgen.config().requireUntaught(guidance);
    }

    private static ShapesWorld edition(MmGen mmgen) {
        int classes = mmgen.config().transformer().classes();
        try {
            return ShapesWorld.ofCategories(classes);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the model has " + classes + " classes; it was trained on something else: " + e.getMessage(), e);
        }
    }

    /** Returns the edition of the world that the model was trained on, by the number of its classes. */
    public ShapesWorld edition() {
        return edition(mmgen);
    }

    /** Puts a part of a batch into a request that is otherwise complete. */
    @FunctionalInterface
    private interface Conditions {
        void add(SamplingRequest.Builder request, int from, int to);
    }

    /**
     * Draws an image of each category.
     *
     * @param seed of the random numbers
     */
    public List<MultiModalImage> draw(List<Category> categories, long seed) {
        return draw(categories.stream().map(Category::ordinal).toList(), seed, (_, _, _) -> {});
    }

    /**
     * Draws an image from each scene's true picture of a modality.
     *
     * @param told whether the model is given the scene's category too
     * @param seed of the random numbers
     * @throws IllegalArgumentException if scenes have no such picture
     * @throws java.util.NoSuchElementException if the model does not know the modality
     */
    public List<MultiModalImage> draw(List<Rendering> scenes, Modality given, boolean told, long seed) {
        MultiModalEncoder encoder = new MultiModalEncoder(
                mmgen.autoencoder(), mmgen.modalities(), mmgen.config().latents(), UnaryOperator.identity());
        List<Integer> labels = scenes.stream()
                .map(scene -> told ? scene.scene().category().ordinal() : SamplingRequest.NO_CLASS)
                .toList();
        return draw(labels, seed, (request, from, to) -> {
            Tensor latents = encoder.encode(
                    given,
                    scenes.subList(from, to).stream()
                            .map(scene -> ScenePictures.of(scene, given))
                            .toList(),
                    null);
            request.condition(mmgen.modalities().indexOf(given), latents);
        });
    }

    /** Returns the student, if this is its way of drawing, else the model. */
    private VelocityModel drawer() {
        SamplingDefaults drawing = mmgen.drawing();
        return way.equals(SamplingWay.of(drawing)) && guidance.equals(drawing.guidance())
                ? mmgen.student().orElseGet(mmgen::model)
                : mmgen.model();
    }

    private List<MultiModalImage> draw(List<Integer> labels, long seed, Conditions conditions) {
        MultiModalDecoder decoder = new MultiModalDecoder(
                mmgen.autoencoder(), mmgen.modalities(), mmgen.config().latents());
        List<Modality> drawn = mmgen.modalities().list();
        try (LatentSampler latentSampler =
                new LatentSampler(drawer(), mmgen.config().interpolant())) {
            return sharing.make(labels.size(), batch, drawn, (from, to) -> {
                try (TensorScope _ = TensorScope.open()) {
                    SamplingRequest.Builder request = way.addTo(SamplingRequest.of(labels.subList(from, to).stream()
                                    .mapToInt(Integer::intValue)
                                    .toArray()))
                            .guidance(guidance)
                            .seed(seed, from)
                            .onStep(listener);
                    conditions.add(request, from, to);
                    Tensor latents = latentSampler.sample(request.build());
                    return decoder.decode(latents, drawn, Quantization.TRUNCATE).stream()
                            .map(MultiModalImage::new)
                            .toList();
                }
            });
        }
    }
}
