package dev.mmgen.shapes;

import dev.mmgen.train.autoencoder.ImageBatch;
import dev.mmgen.train.autoencoder.ImageBatches;
import dev.mmgen.train.data.EndlessBatches;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.util.Arrays;
import java.util.List;

/**
 * Pictures of scenes, three of each, see {@link EndlessScenes#images}. A picture costs a training the same whatever it shows,
 * and photos are the hardest: so every third is one, and those that are nearly flat come least.
 */
final class SceneImages implements ImageBatches {

    private static final List<String> NAMES = EndlessScenes.IMAGES;

    /** The pictures of four scenes in turn, the photo first. */
    private static final int[][] TURNS = {
        turn("rgb", "depth", "normal"),
        turn("rgb", "mask", "instances"),
        turn("rgb", "depth", "normal"),
        turn("rgb", "mask", "canny")
    };

    private static final int PER_SCENE = 3;

    private final EndlessScenes scenes;
    private final int batchSize;
    private final EndlessBatches<byte[]> batches;
    private final int[] modalities;

    SceneImages(EndlessScenes scenes, int batchSize) {
        this.scenes = scenes;
        this.batchSize = batchSize;
        this.modalities = new int[batchSize];
        this.batches = new EndlessBatches<>(Split.SCENES * PER_SCENE, batchSize, scenes.threads(), this::render);
    }

    private static int[] turn(String... names) {
        return Arrays.stream(names).mapToInt(NAMES::indexOf).toArray();
    }

    private static int modality(long image) {
        return TURNS[(int) (image / PER_SCENE % TURNS.length)][(int) (image % PER_SCENE)];
    }

    private byte[] render(long first) {
        int length = 3 * scenes.size() * scenes.size();
        byte[] levels = new byte[Math.multiplyExact(batchSize, length)];
        Rendering scene = null;
        for (int i = 0; i < batchSize; i++) {
            long image = first + i;
            if (scene == null || image % PER_SCENE == 0) {
                scene = scenes.render(image / PER_SCENE);
            }
            byte[] picture = scene.picture(NAMES.get(modality(image))).rgb();
            System.arraycopy(picture, 0, levels, i * length, length);
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
            modalities[i] = modality(first + i);
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
