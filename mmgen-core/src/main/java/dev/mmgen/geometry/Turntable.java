package dev.mmgen.geometry;

import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/**
 * A turntable sequence of a mesh, by a renderer of its own: perspective, depth buffer, Lambert's shading by a lamp beside the
 * viewer. Made by name: {@code Turntable.DEFAULT.withSize(512).withSwing(60)}. A surface recovered from one image has no back, so
 * by default the table swings to both sides instead of turning full circle.
 *
 * @param size      side of the square pictures in pixels, 1 to 4,096
 * @param frames    pictures of one period, 1 to 10,000
 * @param swing     from the leftmost to the rightmost view, in degrees, 0 to 360, which turns full circle
 * @param elevation of the viewer above the picture's own view, in degrees, -90 to 90
 * @param shading   share of the light in the colours, from 0 (none) to 1
 * @param coloured  false for plain clay, which shows the shape alone
 */
public record Turntable(int size, int frames, double swing, double elevation, double shading, boolean coloured) {

    /** 36 pictures of 256 x 256 pixels, 45 degrees to both sides. */
    public static final Turntable DEFAULT = new Turntable(256, 36, 90, 10, 0.4, true);

    private static final int MOST = 10_000;
    private static final int STRIP_COLUMNS = 6;

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public Turntable {
        if (size < 1 || size > 4096 || frames < 1 || frames > MOST) {
            throw new IllegalArgumentException("a turntable of " + frames + " pictures of " + size
                    + " pixels; there are 1 to " + MOST + " of 1 to 4096 pixels");
        }
        if (!(swing >= 0 && swing <= 360) || !(Math.abs(elevation) <= 90) || !(shading >= 0 && shading <= 1)) {
            throw new IllegalArgumentException("a turntable that swings by " + swing + " degrees at " + elevation
                    + " degrees with shading " + shading + "; they are 0 to 360, -90 to 90 and 0 to 1");
        }
    }

    /** Returns a copy with pictures of another size. */
    public Turntable withSize(int newSize) {
        return new Turntable(newSize, frames, swing, elevation, shading, coloured);
    }

    /** Returns a copy with another number of pictures. */
    public Turntable withFrames(int newFrames) {
        return new Turntable(size, newFrames, swing, elevation, shading, coloured);
    }

    /** Returns a copy with another angle from the leftmost to the rightmost view, in degrees from 0 to 360. */
    public Turntable withSwing(double degrees) {
        return new Turntable(size, frames, degrees, elevation, shading, coloured);
    }

    /** Returns a copy with the viewer at another height, in degrees from -90 to 90. */
    public Turntable withElevation(double degrees) {
        return new Turntable(size, frames, swing, degrees, shading, coloured);
    }

    /** Returns a copy with another share of light in the colours, from 0 to 1. */
    public Turntable withShading(double share) {
        return new Turntable(size, frames, swing, elevation, share, coloured);
    }

    /** Returns a copy that shows the mesh in its colours or as clay. */
    public Turntable withColours(boolean shown) {
        return new Turntable(size, frames, swing, elevation, shading, shown);
    }

    /** Returns a copy that turns full circle. */
    public Turntable fullCircle() {
        return new Turntable(size, frames, 360, elevation, shading, coloured);
    }

    /** Returns a copy that shows the shape without its colours. */
    public Turntable clay() {
        return new Turntable(size, frames, swing, elevation, 0.8, false);
    }

    /**
     * Renders one period; the last picture is followed by the first.
     *
     * @throws IllegalArgumentException if the mesh has no vertex
     */
    public List<RgbImage> render(TriangleMesh mesh) {
        double[] turns = new double[frames];
        for (int i = 0; i < frames; i++) {
            turns[i] = swing == 360 ? (double) i / frames : Math.sin(2 * Math.PI * i / frames) / 2;
        }
        return views(mesh, turns);
    }

    /**
     * Returns six views in a row, from the leftmost to the rightmost.
     *
     * @throws IllegalArgumentException if the mesh has no vertex
     */
    public RgbImage strip(TriangleMesh mesh) {
        double[] turns = new double[STRIP_COLUMNS];
        for (int i = 0; i < STRIP_COLUMNS; i++) {
            turns[i] = swing == 360 ? (double) i / STRIP_COLUMNS : i / (STRIP_COLUMNS - 1.0) - 0.5;
        }
        return new ContactSheet(STRIP_COLUMNS, 0).of(views(mesh, turns));
    }

    /** Draws views at shares of the swing, all of one framing. */
    private List<RgbImage> views(TriangleMesh mesh, double[] turns) {
        if (mesh.vertexCount() == 0) {
            throw new IllegalArgumentException("a mesh without vertices cannot be drawn; choose another foreground");
        }
        MeshRenderer renderer = new MeshRenderer(mesh, size, shading, coloured);
        List<MeshView> views = new ArrayList<>();
        for (double turn : turns) {
            views.add(MeshView.of(mesh, Math.toRadians(swing * turn), Math.toRadians(elevation)));
        }
        MeshView.Framing framing = MeshView.Framing.of(views);
        return views.stream().map(view -> renderer.render(view, framing)).toList();
    }
}
