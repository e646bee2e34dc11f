package dev.mmgen.shapes;

import dev.mmgen.image.RgbImage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A scene that is filmed by a window which moves over one wide picture of it, pixel by pixel: what a frame shows at a place, the
 * next shows some columns to the left, so the truth of what stays and what changes is exact.
 *
 * @param wide   the rendering that the window moves over
 * @param frames at least two
 * @param step   columns that the window moves to the right from frame to frame, at least 1
 */
public record PannedScene(Rendering wide, int frames, int step) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if nothing would move, or nothing would stay
     */
    public PannedScene {
        int size = wide.height();
        if (frames < 2 || step < 1 || step >= size || size + (frames - 1) * step != wide.width()) {
            throw new IllegalArgumentException(
                    frames + " frames of " + size + " pixels at a step of " + step + " over a picture of "
                            + wide.width() + " columns; the picture must hold them all, and at least two");
        }
    }

    /**
     * Films a scene.
     *
     * @param size   width and height of a frame
     * @param frames at least two
     * @param step   columns from frame to frame
     */
    public static PannedScene of(Scene scene, int size, int frames, int step) {
        return new PannedScene(ShapesWorld.render(scene, size + (frames - 1) * step, size), frames, step);
    }

    /** Returns the frames, {@code [size, size]} each. */
    public List<RgbImage> photos() {
        int size = wide.height();
        return IntStream.range(0, frames)
                .mapToObj(frame -> wide.rgb().crop(frame * step, 0, size, size))
                .toList();
    }

    /** Returns the true nearness of a frame, {@code [size, size]}: inverse depth from 0 (its farthest pixel) to 1 (its nearest). */
    public float[] nearness(int frame) {
        int size = wide.height();
        float[] depth = wide.depth();
        float[] inverse = new float[size * size];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1 / depth[i / size * wide.width() + frame * step + i % size];
        }
        float least = Float.POSITIVE_INFINITY;
        float most = 0;
        for (float value : inverse) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = (inverse[i] - least) / (most - least);
        }
        return inverse;
    }
}
