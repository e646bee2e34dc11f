package dev.mmgen.shapes;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.autoencoder.ImageBatches;
import dev.mmgen.train.batch.BatchSource;
import java.util.List;

/**
 * Scenes that are rendered while something is trained on them: each is seen once, in the order of its number, so there is
 * nothing to memorise and nothing to store. A training that is resumed goes on with the scene after the last.
 *
 * {@snippet class="dev.mmgen.shapes.SnippetsTest" region="endless"}
 *
 * @param edition of the world
 * @param split   of the scenes, usually {@link Split#TRAIN}
 * @param size    height and width of the pictures
 * @param threads that render at once; no pixel depends on it
 */
public record EndlessScenes(ShapesWorld edition, Split split, int size, int threads) {

    /** The pictures of a scene that an autoencoder learns, by the index's names. */
    public static final List<String> IMAGES = List.of("rgb", "depth", "normal", "mask", "instances", "canny");

    /** The pictures of a scene that a model of four modalities learns, by the index's names. */
    public static final List<String> MODALITIES = List.of("rgb", "depth", "normal", "mask");

    /**
     * @throws IllegalArgumentException if a number is not positive
     */
    public EndlessScenes {
        if (size < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "scenes of " + size + " pixels on " + threads + " threads; both must be at least 1");
        }
    }

    /** Returns scenes in pictures of the edition's usual size, rendered on one thread. */
    public static EndlessScenes of(ShapesWorld edition, Split split) {
        return new EndlessScenes(edition, split, edition.size(), 1);
    }

    /** Returns the same in pictures of another size. */
    public EndlessScenes withSize(int pixels) {
        return new EndlessScenes(edition, split, pixels, threads);
    }

    /** Returns the same rendered on so many threads. */
    public EndlessScenes withThreads(int count) {
        return new EndlessScenes(edition, split, size, count);
    }

    /**
     * Returns images to train an autoencoder on: three of the {@linkplain #IMAGES pictures} of each scene. A third of all are
     * photos, a sixth each depth, normals and masks, a twelfth each instances and edges.
     *
     * @param batchSize images in a batch; best a multiple of 12, which has all of them in these shares. If it is none of 3, some
     *     scenes are rendered twice
     */
    public ImageBatches images(int batchSize) {
        return new SceneImages(this, batchSize);
    }

    /**
     * Returns latents of the {@linkplain #MODALITIES pictures} to train a model on, one scene to a sample, with the number of
     * its category as label.
     *
     * @param autoencoder   that encodes them, in the thread that takes batches; stays the caller's
     * @param normalization of the latents
     * @param batchSize     scenes in a batch
     */
    public BatchSource latents(Autoencoder autoencoder, LatentNormalization normalization, int batchSize) {
        return new SceneLatents(this, autoencoder, normalization, batchSize);
    }

    Rendering render(long index) {
        return ShapesWorld.render(edition.scene(split.seed(index)), size, size);
    }
}
