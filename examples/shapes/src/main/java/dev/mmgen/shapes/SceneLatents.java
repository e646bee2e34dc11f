package dev.mmgen.shapes;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.autoencoder.ImageBatch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.EndlessBatches;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.random.Draws;
import java.util.ArrayList;
import java.util.List;

/** Latents of scenes, each seen once, see {@link EndlessScenes#latents}. */
final class SceneLatents implements BatchSource {

    private static final List<String> NAMES = EndlessScenes.MODALITIES;

    private final EndlessScenes scenes;
    private final Autoencoder autoencoder;
    private final LatentNormalization normalization;
    private final EndlessBatches<Pictures> batches;

    /**
     * Scenes as they were rendered.
     *
     * @param levels by modality, {@code [N, side, side, 3]}
     */
    private record Pictures(List<byte[]> levels, long[] labels) {}

    SceneLatents(EndlessScenes scenes, Autoencoder autoencoder, LatentNormalization normalization, int batchSize) {
        normalization.requireFit(NAMES.size(), autoencoder.latentChannels());
        this.scenes = scenes;
        this.autoencoder = autoencoder;
        this.normalization = normalization;
        this.batches =
                new EndlessBatches<>(Split.SCENES, batchSize, scenes.threads(), first -> render(first, batchSize));
    }

    private Pictures render(long first, int count) {
        int length = 3 * scenes.size() * scenes.size();
        List<byte[]> levels = new ArrayList<>();
        NAMES.forEach(_ -> levels.add(new byte[Math.multiplyExact(count, length)]));
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            Rendering scene = scenes.render(first + i);
            labels[i] = scene.scene().category().ordinal();
            for (int m = 0; m < NAMES.size(); m++) {
                System.arraycopy(scene.picture(NAMES.get(m)).rgb(), 0, levels.get(m), i * length, length);
            }
        }
        return new Pictures(levels, labels);
    }

    @Override
    public TrainingBatch next(Draws draws) {
        Pictures pictures = batches.next();
        try (TensorScope scope = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            List<Tensor> latents = new ArrayList<>();
            for (int m = 0; m < NAMES.size(); m++) {
                latents.add(encoded(pictures, m, draws));
            }
            return new TrainingBatch(Torch.cat(latents, 1), Torch.tensor(pictures.labels)).keepFrom(scope);
        }
    }

    private Tensor encoded(Pictures pictures, int modality, Draws draws) {
        ImageBatch images =
                ImageBatch.of(pictures.levels.get(modality), scenes.size(), new int[pictures.labels.length]);
        Posterior posterior = autoencoder.encode(images.images());
        Tensor raw = posterior.sample(draws.normal(posterior.mean().shape().toArray()));
        return normalization.normalise(raw, modality).to(Device.CPU);
    }

    @Override
    public LatentNormalization normalization() {
        return normalization;
    }

    @Override
    public LoaderPosition position() {
        return batches.position();
    }

    @Override
    public void moveTo(LoaderPosition position) {
        batches.moveTo(position);
    }

    @Override
    public EpochSize epochSize() {
        return batches.epochSize();
    }

    /** Stops rendering; the autoencoder stays open. */
    @Override
    public void close() {
        batches.close();
    }
}
