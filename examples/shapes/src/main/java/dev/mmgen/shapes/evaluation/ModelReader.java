package dev.mmgen.shapes.evaluation;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.Quantization;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The reader that is a model. It is given photos but no category, which would say what the main object is, and reads many
 * scenes at once, as {@link MmGen#understand} reads one.
 *
 * @param mmgen    the model, which the caller closes
 * @param wanted   the modalities to read
 * @param way      the sampler and its steps
 * @param batch    the number of scenes read at once, at least 1
 * @param sharing  the processes that read together
 * @param listener called after each step
 */
public record ModelReader(
        MmGen mmgen,
        List<Modality> wanted,
        SamplingWay way,
        int batch,
        SharedImages sharing,
        Consumer<? super SamplingStep> listener)
        implements SceneReader {

    /** Keeps the noise of posteriors apart from the noise of samples under one seed. */
    private static final long POSTERIOR = 0x5DEECE66DL;

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the model does not read one of the modalities, or the batch is not positive
     */
    public ModelReader {
        wanted = List.copyOf(wanted);
        for (Modality modality : wanted) {
            if (!mmgen.modalities().contains(modality)) {
                throw new IllegalArgumentException("a model of " + mmgen.modalities() + " cannot read " + modality);
            }
        }
        if (!mmgen.modalities().contains(Modality.RGB)) {
            throw new IllegalArgumentException("a model of " + mmgen.modalities() + " cannot be given a photo");
        }
        if (batch < 1) {
            throw new IllegalArgumentException("a batch of " + batch + " scenes; it must be at least 1");
        }
    }

    /** Returns a reader of all modalities of the model, 32 scenes at once. */
    public static ModelReader of(MmGen mmgen, SamplingWay way, Consumer<? super SamplingStep> listener) {
        List<Modality> known =
                READ.stream().filter(mmgen.modalities()::contains).toList();
        return new ModelReader(mmgen, known, way, 32, SharedImages.ALONE, listener);
    }

    /** Returns the same reader for other modalities. */
    public ModelReader withWanted(List<Modality> newWanted) {
        return new ModelReader(mmgen, newWanted, way, batch, sharing, listener);
    }

    /** Returns the same reader with another number of scenes at once. */
    public ModelReader withBatch(int newBatch) {
        return new ModelReader(mmgen, wanted, way, newBatch, sharing, listener);
    }

    /** Returns the same reader as one of several processes that share out the scenes. */
    public ModelReader sharing(SharedImages newSharing) {
        return new ModelReader(mmgen, wanted, way, batch, newSharing, listener);
    }

    private List<Modality> asked() {
        List<Modality> asked = new ArrayList<>(wanted);
        asked.add(Modality.RGB);
        return asked;
    }

    @Override
    public boolean random() {
        return true;
    }

    @Override
    public List<MultiModalImage> read(List<Rendering> scenes, long seed) {
        try (LatentSampler latentSampler =
                new LatentSampler(mmgen.transformer(), mmgen.config().interpolant())) {
            return sharing.make(
                    scenes.size(),
                    batch,
                    wanted,
                    (from, to) -> read(latentSampler, scenes.subList(from, to), from, seed));
        }
    }

    private Collection<MultiModalImage> read(
            LatentSampler latentSampler, List<Rendering> scenes, int first, long seed) {
        int factor = mmgen.autoencoder().factor();
        int height = scenes.getFirst().height() / factor;
        int width = scenes.getFirst().width() / factor;
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.perSample(seed ^ POSTERIOR, first)) {
            Shape shape = Shape.of(scenes.size(), mmgen.config().transformer().latentChannels(), height, width);
            Tensor photos = new MultiModalEncoder(
                            mmgen.autoencoder(),
                            mmgen.modalities(),
                            mmgen.config().latents(),
                            UnaryOperator.identity())
                    .encode(
                            Modality.RGB,
                            scenes.stream().map(Rendering::rgb).toList(),
                            noise.normal(DType.FLOAT32, shape));
            Tensor latents = latentSampler.sample(way.addTo(SamplingRequest.withoutClass(scenes.size()))
                    .size(height, width)
                    .condition(mmgen.modalities().indexOf(Modality.RGB), photos)
                    .blank(mmgen.config().blank(asked()))
                    .seed(seed, first)
                    .onStep(listener)
                    .build());
            return new MultiModalDecoder(
                            mmgen.autoencoder(),
                            mmgen.modalities(),
                            mmgen.config().latents())
                    .decode(latents, wanted, Quantization.TRUNCATE).stream()
                            .map(MultiModalImage::new)
                            .toList();
        }
    }
}
