package dev.mmgen.shapes;

import dev.mmgen.train.autoencoder.ImageBatch;
import dev.mmgen.train.autoencoder.ImageBatches;
import dev.mmgen.train.data.EndlessBatches;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.util.List;

/** All pictures of scenes, one scene after the other, see {@link EndlessScenes#images}. */
final class SceneImages implements ImageBatches {

    private static final List<String> NAMES = EndlessScenes.IMAGES;

    private final EndlessScenes scenes;
    private final int batchSize;
    private final EndlessBatches<byte[]> batches;
    private final int[] modalities;

    SceneImages(EndlessScenes scenes, int batchSize) {
        this.scenes = scenes;
        this.batchSize = batchSize;
        this.modalities = new int[batchSize];
        this.batches = new EndlessBatches<>(Split.SCENES * NAMES.size(), batchSize, scenes.threads(), this::render);
    }

    private byte[] render(long first) {
        int length = 3 * scenes.size() * scenes.size();
        byte[] levels = new byte[Math.multiplyExact(batchSize, length)];
        Rendering scene = null;
        for (int i = 0; i < batchSize; i++) {
            long image = first + i;
            int picture = (int) (image % NAMES.size());
            if (scene == null || picture == 0) {
                scene = scenes.render(image / NAMES.size());
            }
            System.arraycopy(scene.picture(NAMES.get(picture)).rgb(), 0, levels, i * length, length);
        }
        return levels;
    }

    @Override
    public List<String> modalities() {
        return NAMES;
    }

    @Override
    public ImageBatch next() {
        long first = position().batch() * batchSize;
        byte[] levels = batches.next();
        for (int i = 0; i < batchSize; i++) {
            modalities[i] = (int) ((first + i) % NAMES.size());
        }
        return ImageBatch.of(levels, scenes.size(), modalities.clone());
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

    @Override
    public void close() {
        batches.close();
    }
}
