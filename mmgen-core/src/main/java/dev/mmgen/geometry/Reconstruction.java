package dev.mmgen.geometry;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.function.BiFunction;

/**
 * A scene in three dimensions, out of its photo, depth, normals and segmentation. Unset settings are found from the
 * pictures: camera and range of depth by {@link DepthFit}, the foreground by {@link Foreground#DEFAULT}.
 */
public final class Reconstruction {

    private final RgbImage photo;
    private final RgbImage depth;
    private final NormalMap normals;
    private final Segments segments;
    private Foreground foreground = Foreground.DEFAULT;
    private NormalRefinement refinement = NormalRefinement.DEFAULT;
    private double steepest = DepthMesh.STEEPEST;
    private BiFunction<RgbImage, NormalMap, DepthFit> fitting = DepthFit::of;

    private Reconstruction(RgbImage photo, RgbImage depth, NormalMap normals, Segments segments) {
        this.photo = photo;
        this.depth = depth;
        this.normals = normals;
        this.segments = segments;
    }

    /**
     * Starts the reconstruction of a scene.
     *
     * @param scene with RGB, depth, normals and segmentation
     * @throws java.util.NoSuchElementException if one of them is missing
     */
    public static Reconstruction of(MultiModalImage scene) {
        return new Reconstruction(
                scene.get(Modality.RGB),
                scene.get(Modality.DEPTH),
                NormalMap.of(scene.get(Modality.NORMAL)),
                Segments.of(scene.get(Modality.SEGMENTATION)));
    }

    /** Sets the segments that are reconstructed. */
    public Reconstruction foreground(Foreground rule) {
        foreground = rule;
        return this;
    }

    /**
     * Sets the camera that took the photo; the range of depth is fitted to it.
     *
     * @param degrees from the photo's lower edge to its upper one, between 0 and 180
     */
    public Reconstruction fieldOfView(double degrees) {
        PinholeCamera camera = camera(degrees);
        fitting = (picture, directions) -> DepthFit.of(picture, directions, camera);
        return this;
    }

    /** Sets the camera that took the photo, and the distances of the nearest and the farthest pixel. */
    public Reconstruction fieldOfView(double degrees, DepthUnprojection range) {
        DepthFit known = new DepthFit(camera(degrees), range);
        fitting = (_, _) -> known;
        return this;
    }

    private PinholeCamera camera(double degrees) {
        return PinholeCamera.withFieldOfView(photo.width(), photo.height(), degrees);
    }

    /** Sets the weight of the normals in the depth. */
    public Reconstruction refinement(NormalRefinement strength) {
        refinement = strength;
        return this;
    }

    /** Sets the slope beyond which surfaces are torn, see {@link DepthMesh#steepest}. */
    public Reconstruction steepest(double slope) {
        steepest = slope;
        return this;
    }

    /** Returns the camera and the range of depth. */
    public DepthFit fit() {
        return fitting.apply(depth, normals);
    }

    /** Returns the foreground's surfaces. */
    public TriangleMesh mesh() {
        return require(joined().surface());
    }

    /** Returns the foreground's pixels as points. */
    public TriangleMesh points() {
        return require(joined().points());
    }

    private DepthMesh joined() {
        DepthFit fit = fit();
        DepthMap refined = refinement.apply(depth, normals, segments, fit);
        return DepthMesh.of(fit.camera(), refined, normals, photo)
                .withSegments(segments, selected())
                .withSteepest(steepest);
    }

    private boolean[] selected() {
        boolean[] selected = foreground.select(segments);
        int count = segments.colours().size();
        if (selected == null || selected.length != count) {
            throw new IllegalStateException("the foreground "
                    + foreground.getClass().getName() + " returned "
                    + (selected == null ? "null" : selected.length + " answers") + " for " + count + " segments");
        }
        return selected;
    }

    private TriangleMesh require(TriangleMesh mesh) {
        if (mesh.vertexCount() == 0) {
            throw new IllegalStateException("nothing is left to reconstruct: of "
                    + segments.colours().size()
                    + " segments, those of the foreground have no pixels that join up to a slope of " + steepest
                    + "; choose another foreground, all of the picture for instance, or a steeper slope");
        }
        return mesh;
    }
}
