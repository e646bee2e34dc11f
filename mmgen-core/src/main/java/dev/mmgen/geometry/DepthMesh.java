package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The points and surfaces of a picture whose pixels have depth. Made by name:
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="depth-mesh"}
 *
 * <p>Neighbouring pixels are joined unless they belong to different segments
 * or one is so much farther that the surface between them would be seen almost edge on.
 *
 * @param camera   that saw the picture
 * @param depth    of each pixel
 * @param normals  of each pixel
 * @param picture  the colours
 * @param segments pixels of different ones are not joined
 * @param foreground true for each segment that is shown, in their order
 * @param steepest the largest difference in depth of two neighbours that are joined, relative to their distance across the
 *     picture
 */
public record DepthMesh(
        PinholeCamera camera,
        DepthMap depth,
        NormalMap normals,
        RgbImage picture,
        Segments segments,
        boolean[] foreground,
        double steepest) {

    /** Joins surfaces that are seen at 14 degrees or more; what is steeper is mostly the rim of a blurred depth. */
    public static final double STEEPEST = 4;

    /**
     * @throws IllegalArgumentException if sizes differ, or a number is not positive
     */
    public DepthMesh {
        requireSize("the depth", depth.width(), depth.height(), camera);
        requireSize("the normals", normals.width(), normals.height(), camera);
        requireSize("the picture", picture.width(), picture.height(), camera);
        requireSize("the segments", segments.width(), segments.height(), camera);
        if (foreground.length != segments.colours().size()) {
            throw new IllegalArgumentException("a foreground of " + foreground.length + " segments among "
                    + segments.colours().size());
        }
        if (!(steepest > 0)) {
            throw new IllegalArgumentException("the steepest surface is " + steepest + "; it must be positive");
        }
    }

    /**
     * Returns the mesh of a whole picture, as one segment, up to {@link #STEEPEST}.
     *
     * @throws IllegalArgumentException if sizes differ
     */
    public static DepthMesh of(PinholeCamera camera, DepthMap depth, NormalMap normals, RgbImage picture) {
        Segments whole =
                new Segments(camera.width(), camera.height(), new int[camera.width() * camera.height()], List.of(0));
        return new DepthMesh(camera, depth, normals, picture, whole, new boolean[] {true}, STEEPEST);
    }

    /**
     * Returns the mesh of some of the picture's segments.
     *
     * @param newForeground true for each segment that is shown
     * @throws IllegalArgumentException if sizes differ
     */
    public DepthMesh withSegments(Segments newSegments, boolean... newForeground) {
        return new DepthMesh(camera, depth, normals, picture, newSegments, newForeground, steepest);
    }

    /**
     * Returns the mesh with surfaces torn where they are steeper.
     *
     * @param newSteepest positive, see {@link #steepest}
     */
    public DepthMesh withSteepest(double newSteepest) {
        return new DepthMesh(camera, depth, normals, picture, segments, foreground, newSteepest);
    }

    private static void requireSize(String what, int width, int height, PinholeCamera camera) {
        if (width != camera.width() || height != camera.height()) {
            throw new IllegalArgumentException(what + " of " + width + " x " + height + " pixels for a camera of "
                    + camera.width() + " x " + camera.height());
        }
    }

    /** Returns the foreground's pixels as points; none if there is no foreground. */
    public TriangleMesh points() {
        return mesh(this::isForeground, new int[0]);
    }

    /** Returns the foreground's surfaces, without pixels that are joined to nothing. */
    public TriangleMesh surface() {
        int[] corners = corners();
        boolean[] used = new boolean[depth.values().length];
        for (int pixel : corners) {
            used[pixel] = true;
        }
        return mesh(pixel -> used[pixel], corners);
    }

    private boolean isForeground(int pixel) {
        return foreground[segments.labels()[pixel]];
    }

    /** Returns the pixels at the corners of triangles, three each. */
    private int[] corners() {
        int width = camera.width();
        int[] corners = new int[Math.multiplyExact(6, depth.values().length)];
        int count = 0;
        for (int y = 0; y + 1 < camera.height(); y++) {
            for (int x = 0; x + 1 < width; x++) {
                int corner = y * width + x;
                for (int[] triangle : triangles(corner, corner + 1, corner + width, corner + width + 1)) {
                    if (isJoined(triangle[0], triangle[1])
                            && isJoined(triangle[1], triangle[2])
                            && isJoined(triangle[2], triangle[0])) {
                        System.arraycopy(triangle, 0, corners, count, 3);
                        count += 3;
                    }
                }
            }
        }
        return Arrays.copyOf(corners, count);
    }

    /**
     * Cuts a square into two triangles. Where only three of its corners hold together, these are one of them; else the cut
     * joins the two that are nearer each other in depth.
     */
    private int[][] triangles(int topLeft, int topRight, int bottomLeft, int bottomRight) {
        boolean falling = isJoined(topLeft, bottomRight);
        boolean rising = isJoined(topRight, bottomLeft);
        if (falling && rising) {
            falling = apart(topLeft, bottomRight) <= apart(topRight, bottomLeft)
                    ? isWhole(topLeft, bottomRight, topRight, bottomLeft)
                    : !isWhole(topRight, bottomLeft, topLeft, bottomRight);
        }
        return falling
                ? new int[][] {{topLeft, bottomLeft, bottomRight}, {topLeft, bottomRight, topRight}}
                : new int[][] {{topLeft, bottomLeft, topRight}, {topRight, bottomLeft, bottomRight}};
    }

    /** Returns true if both ends of a cut hold to at least one other corner, so that the cut bounds a triangle. */
    private boolean isWhole(int start, int end, int one, int other) {
        return isJoined(start, one) && isJoined(one, end) || isJoined(start, other) && isJoined(other, end);
    }

    private double apart(int pixel, int other) {
        return Math.abs(depth.values()[pixel] - depth.values()[other]);
    }

    private boolean isJoined(int pixel, int other) {
        int[] labels = segments.labels();
        float nearer = Math.min(depth.values()[pixel], depth.values()[other]);
        return isForeground(pixel)
                && labels[pixel] == labels[other]
                && apart(pixel, other) <= steepest * nearer / camera.focalLength();
    }

    /** Returns a mesh of these pixels, where corners are pixels. */
    private TriangleMesh mesh(IntPredicate kept, int[] corners) {
        int pixels = depth.values().length;
        int[] vertices = new int[pixels];
        int count = 0;
        for (int pixel = 0; pixel < pixels; pixel++) {
            vertices[pixel] = kept.test(pixel) ? count++ : -1;
        }
        float[] positions = new float[3 * count];
        float[] directions = new float[3 * count];
        byte[] colours = new byte[3 * count];
        byte[] rgb = picture.rgb();
        for (int pixel = 0; pixel < pixels; pixel++) {
            int at = 3 * vertices[pixel];
            if (at >= 0) {
                float distance = depth.values()[pixel];
                positions[at] = (float) (distance * camera.right(pixel % camera.width()));
                positions[at + 1] = (float) (distance * camera.up(pixel / camera.width()));
                positions[at + 2] = -distance;
                System.arraycopy(normals.values(), 3 * pixel, directions, at, 3);
                System.arraycopy(rgb, 3 * pixel, colours, at, 3);
            }
        }
        int[] triangles = Arrays.stream(corners).map(pixel -> vertices[pixel]).toArray();
        return new TriangleMesh(positions, directions, colours, triangles);
    }
}
