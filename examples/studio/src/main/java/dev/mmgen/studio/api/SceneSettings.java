package dev.mmgen.studio.api;

import dev.mmgen.MultiModalImage;
import dev.mmgen.geometry.Foreground;
import dev.mmgen.geometry.GlbFile;
import dev.mmgen.geometry.PlyFile;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.TriangleMesh;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a reconstruction.
 *
 * @param fieldOfView of the camera from the lower edge to the upper one, in degrees; null where it is found
 * @param background  segments that are left out, those that hold most of the border; 2 by default
 * @param steepest    slope beyond which surfaces are torn; null for the default
 * @param points      instead of a surface
 */
record SceneSettings(
        @Nullable Double fieldOfView,
        int background,
        @Nullable Double steepest,
        boolean points) {

    static SceneSettings of(Fields fields) {
        return new SceneSettings(
                fields.number("fieldOfView", 1, 170),
                Objects.requireNonNullElse(fields.integer("background", 0, 100), 2),
                fields.number("steepest", 0.1, 1000),
                Objects.requireNonNullElse(fields.flag("points"), false));
    }

    /**
     * Returns the scene's mesh, as {@code scene.glb} and {@code scene.ply}.
     *
     * @throws IllegalStateException if nothing is left of the scene
     */
    Map<String, byte[]> files(MultiModalImage scene) {
        Reconstruction reconstruction = Reconstruction.of(scene).foreground(new Foreground.Inner(background));
        if (fieldOfView != null) {
            reconstruction.fieldOfView(fieldOfView);
        }
        if (steepest != null) {
            reconstruction.steepest(steepest);
        }
        TriangleMesh mesh = points ? reconstruction.points() : reconstruction.mesh();
        ByteArrayOutputStream glb = new ByteArrayOutputStream();
        ByteArrayOutputStream ply = new ByteArrayOutputStream();
        GlbFile.write(mesh, glb);
        PlyFile.write(mesh, ply);
        return Map.of("scene.glb", glb.toByteArray(), "scene.ply", ply.toByteArray());
    }
}
