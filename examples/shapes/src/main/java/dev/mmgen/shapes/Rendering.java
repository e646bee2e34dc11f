package dev.mmgen.shapes;

import dev.mmgen.image.RgbImage;
import dev.mmgen.train.label.CannyEdges;
import dev.mmgen.train.label.DepthRendering;
import dev.mmgen.train.label.NormalRendering;

/**
 * The pictures of a scene and the truth behind them. Truth is exact at the centre of each pixel, row by row from the top;
 * colours are means over the pixel. Immutable.
 */
public final class Rendering {

    /** The label and instance of the ground. */
    public static final int GROUND = 0;

    /** The label and instance of the backdrop. */
    public static final int BACKDROP = 1;

    /** The label of the first {@link Category}, and the instance of the main object. */
    public static final int FIRST_OBJECT = 2;

    private final Scene scene;
    private final Truth truth;
    private final byte[] rgb;

    Rendering(Scene scene, Truth truth, byte[] rgb) {
        this.scene = scene;
        this.truth = truth;
        this.rgb = rgb;
    }

    /** Returns the scene that was rendered. */
    public Scene scene() {
        return scene;
    }

    /** Returns the number of columns. */
    public int width() {
        return truth.width;
    }

    /** Returns the number of rows. */
    public int height() {
        return truth.height;
    }

    /**
     * Returns the focal length in pixels, the same both ways. A pixel's centre is at its index plus a half, and the
     * optical axis meets the picture at half its width and height.
     */
    public double focalLength() {
        return scene.camera().focalLength(truth.height);
    }

    /** Returns a copy of the distances along the optical axis, {@code [height, width]}, in scene units, positive. */
    public float[] depth() {
        return truth.depth.clone();
    }

    /**
     * Returns a copy of the surface normals, {@code [height, width, 3]}, of length 1, in camera coordinates: x right, y
     * up, z towards the viewer.
     */
    public float[] normals() {
        return truth.normals.clone();
    }

    /** Returns a copy of the instances: {@link #GROUND}, {@link #BACKDROP}, then the objects in the scene's order. */
    public int[] instances() {
        return truth.instances.clone();
    }

    /** Returns the labels: {@link #GROUND}, {@link #BACKDROP}, then {@link #FIRST_OBJECT} plus the category's number. */
    public int[] labels() {
        int[] labels = truth.instances.clone();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] >= FIRST_OBJECT) {
                labels[i] = FIRST_OBJECT
                        + scene.objects()
                                .get(labels[i] - FIRST_OBJECT)
                                .category()
                                .ordinal();
            }
        }
        return labels;
    }

    /** Returns the photo. */
    public RgbImage rgb() {
        return RgbImage.of(truth.width, truth.height, rgb);
    }

    /** Returns inverse depth as grey levels, scaled to 0 to 255 over the picture: the nearest pixel is white. */
    public RgbImage depthPicture() {
        float[] inverse = new float[truth.depth.length];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1 / truth.depth[i];
        }
        return DepthRendering.render(inverse, truth.width, truth.height);
    }

    /** Returns the normals as colours: x, y and z from −1 to 1 as red, green and blue from 0 to 255. */
    public RgbImage normalPicture() {
        float[] shares = new float[truth.normals.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = Math.clamp(0.5f * truth.normals[i] + 0.5f, 0f, 1f);
        }
        return NormalRendering.render(shares, truth.width, truth.height);
    }

    /** Returns the labels in the colours of {@link ShapePalette}. */
    public RgbImage maskPicture() {
        return scene.edition().palette().paint(labels(), truth.width, truth.height);
    }

    /**
     * Returns a picture by its name in an index.
     *
     * @param name rgb, depth, normal, mask, instances or canny, the edges of the photo
     * @throws IllegalArgumentException if there is no such picture
     */
    public RgbImage picture(String name) {
        return switch (name) {
            case "rgb" -> rgb();
            case "depth" -> depthPicture();
            case "normal" -> normalPicture();
            case "mask" -> maskPicture();
            case "instances" -> instancePicture();
            case "canny" -> CannyEdges.DEFAULT.of(rgb());
            default -> throw new IllegalArgumentException("a rendering has no picture '" + name + "'");
        };
    }

    /** Returns the instances in the first colours of {@link ShapePalette}. */
    public RgbImage instancePicture() {
        return scene.edition().palette().paint(truth.instances, truth.width, truth.height);
    }
}
