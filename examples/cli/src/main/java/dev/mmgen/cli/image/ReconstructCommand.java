package dev.mmgen.cli.image;

import dev.mmgen.CoverCrop;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.geometry.DepthFit;
import dev.mmgen.geometry.GlbFile;
import dev.mmgen.geometry.PlyFile;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.TriangleMesh;
import dev.mmgen.geometry.Turntable;
import dev.mmgen.image.AnimatedGif;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen reconstruct}: the reconstruction of a photo in three dimensions. */
@Command(
        name = "reconstruct",
        description =
                "Reads what a photo shows, and makes a coloured surface of the foreground: PLY, GLB, and views of it.",
        mixinStandardHelpOptions = true)
public final class ReconstructCommand implements Runnable {

    private static final int MILLISECONDS = 60;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Mixin
    private final SceneOptions scene = new SceneOptions();

    @Parameters(paramLabel = "PHOTO", description = "PNG, JPEG, WebP, BMP or GIF.")
    @SuppressWarnings("NullAway.Init")
    private Path photo;

    @Option(
            names = {"-g", "--given"},
            paramLabel = "MODALITY=FILE",
            description =
                    "A condition: a modality that is known, and its picture. With depth, normal and segmentation, no model is needed.")
    private Map<String, Path> given = new TreeMap<>();

    @Mixin
    private final ConditionFiles files = new ConditionFiles();

    @Mixin
    private final FitOption fit = new FitOption.ForReading();

    @Option(names = "--points", description = "Make points instead of a surface.")
    private boolean points;

    @Option(
            names = "--view-size",
            paramLabel = "PIXELS",
            defaultValue = "256",
            description = "Width and height of a view. Default: 256.")
    private int viewSize = 256;

    @Override
    public void run() {
        Processes.requireOne();
        String name = DrawingOptions.stem(photo);
        ResultOptions results = drawing.results();
        Map<Modality, RgbImage> known = known();
        if (known.keySet().containsAll(ModalitySet.standard().list())) {
            results.requireFree(List.of(name));
            MultiModalImage image = joined(known);
            results.print(image, build(image, name));
            return;
        }
        List<DrawingOptions.Series> all = drawing.series(name, 1);
        drawing.requireFree(all);
        try (MmGen mmgen = model.open()) {
            RgbImage picture = Objects.requireNonNull(known.remove(Modality.RGB));
            ImageRequestBuilder request = drawing.complete(mmgen.understand(picture));
            known.forEach(request::given);
            fit.addTo(request, photo, picture, results.verbosity());
            all.forEach(series -> drawing.images(request, series, "Reading", (image, numbered) -> {
                Map<String, Path> files = results.save(image, numbered);
                files.putAll(build(image, numbered));
                results.print(image, files);
            }));
        }
    }

    private Map<Modality, RgbImage> known() {
        Map<Modality, RgbImage> known = new LinkedHashMap<>();
        known.put(Modality.RGB, RgbImage.read(photo));
        given.forEach((name, file) -> {
            Modality modality = ModalitySet.standard().find(name);
            known.put(modality, files.read(modality, file));
        });
        return known;
    }

    /** Joins pictures that may be larger than the depth, all cropped to its size. */
    private static MultiModalImage joined(Map<Modality, RgbImage> known) {
        RgbImage depth = Objects.requireNonNull(known.get(Modality.DEPTH));
        CoverCrop size = new CoverCrop(depth.width(), depth.height());
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        known.forEach((modality, picture) -> pictures.put(modality, size.apply(picture)));
        return new MultiModalImage(pictures);
    }

    /** Builds and writes the surface and its views, and returns their files. */
    private Map<String, Path> build(MultiModalImage image, String name) {
        Reconstruction reconstruction = scene.apply(Reconstruction.of(image));
        TriangleMesh mesh = points ? reconstruction.points() : reconstruction.mesh();
        DepthFit fit = reconstruction.fit();
        drawing.results()
                .print(String.format(
                        Locale.ROOT,
                        "%d vertices, %d triangles; field of view %.1f degrees, depth %.2f to %.2f",
                        mesh.vertexCount(),
                        mesh.triangleCount(),
                        fit.camera().fieldOfView(),
                        fit.range().near(),
                        fit.range().far()));
        Turntable turntable = Turntable.DEFAULT.withSize(viewSize);
        Path out = drawing.results().out();
        Path ply = out.resolve(name + ".ply");
        Path glb = out.resolve(name + ".glb");
        Path strip = out.resolve(name + ".turntable.png");
        Path turning = out.resolve(name + ".turntable.gif");
        PlyFile.write(mesh, ply);
        GlbFile.write(mesh, glb);
        new ContactSheet(1, 0)
                .of(List.of(turntable.strip(mesh), turntable.clay().strip(mesh)))
                .write(strip);
        AnimatedGif.write(turntable.render(mesh), MILLISECONDS, turning);
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("ply", ply);
        files.put("glb", glb);
        files.put("strip", strip);
        files.put("turntable", turning);
        return files;
    }
}
