package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.geometry.Foreground;
import dev.mmgen.geometry.GlbFile;
import dev.mmgen.geometry.PlyFile;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.TriangleMesh;
import dev.mmgen.geometry.Turntable;
import dev.mmgen.image.AnimatedGif;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;

/** A photo in three dimensions, as a coloured surface and views around it: {@code ReconstructScene [MODEL PHOTO]}. */
public final class ReconstructScene {

    private ReconstructScene() {}

    public static void main(String[] arguments) {
        RgbImage photo = arguments.length > 1 ? RgbImage.read(Path.of(arguments[1])) : TrainedModel.photo();
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage scene = mmgen.understand(photo).run();
            TriangleMesh mesh = mesh(Reconstruction.of(scene));
            PlyFile.write(mesh, Path.of("out", "scene.ply"));
            GlbFile.write(mesh, Path.of("out", "scene.glb"));
            Turntable.DEFAULT.strip(mesh).write(Path.of("out", "scene-views.png"));
            AnimatedGif.write(Turntable.DEFAULT.render(mesh), 60, Path.of("out", "scene.gif"));
            System.out.println("out/scene.ply, out/scene.glb, out/scene-views.png and out/scene.gif are written: "
                    + mesh.vertexCount() + " vertices");
        }
    }

    /** Without a foreground, as in the pictures of random weights, everything is taken. */
    private static TriangleMesh mesh(Reconstruction reconstruction) {
        try {
            return reconstruction.mesh();
        } catch (IllegalStateException _) {
            return reconstruction.foreground(new Foreground.Everything()).points();
        }
    }
}
