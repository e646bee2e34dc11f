package dev.mmgen.shapes.evaluation;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The pictures of scenes, rendered as they are needed.
 *
 * @param edition of the world
 * @param split   of the scenes
 * @param size    width and height in pixels
 */
public record ScenePictures(ShapesWorld edition, Split split, int size) {

    /**
     * Renders scenes on all processors.
     *
     * @param first the first scene's index in the split
     * @param count how many, at least 1
     * @throws IllegalArgumentException if a number is out of range
     */
    public List<Rendering> render(long first, int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " scenes; there must be at least 1");
        }
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(i -> ShapesWorld.render(edition.scene(split.seed(first + i)), size, size))
                .toList();
    }

    /**
     * Returns a scene's true picture of a modality, as models are trained on it.
     *
     * @throws IllegalArgumentException if scenes have no such picture
     */
    public static RgbImage of(Rendering scene, Modality modality) {
        return switch (modality.name()) {
            case "rgb" -> scene.rgb();
            case "depth" -> scene.depthPicture();
            case "normal" -> scene.normalPicture();
            case "segmentation" -> scene.maskPicture();
            default -> throw new IllegalArgumentException("scenes have no picture of " + modality);
        };
    }
}
