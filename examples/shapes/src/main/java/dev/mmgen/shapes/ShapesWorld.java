package dev.mmgen.shapes;

/**
 * The world of shapes: scenes of seeds, and renderings of scenes.
 *
 * {@snippet class="dev.mmgen.shapes.SnippetsTest" region="world"}
 */
public final class ShapesWorld {

    private ShapesWorld() {}

    /** Returns the scene of a seed, always the same. {@link Split} divides the seeds into training, validation and test. */
    public static Scene scene(long seed) {
        return new SceneDrawing(new SceneRandom(seed)).draw();
    }

    /**
     * Renders a scene. Safe to call from many threads; the pixels do not depend on them.
     *
     * @param width  of the pictures; the angle of view across follows from it
     * @param height of the pictures
     * @throws IllegalArgumentException if a side is not positive
     */
    public static Rendering render(Scene scene, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "a rendering cannot have " + width + " x " + height + " pixels; both must be at least 1");
        }
        return new RayCaster(scene).render(width, height);
    }
}
