package dev.mmgen.examples;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.ModelReader;
import dev.mmgen.shapes.evaluation.ReadingScore;
import dev.mmgen.shapes.evaluation.ReadingSheet;
import dev.mmgen.shapes.evaluation.SamplingWay;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The three jobs of a model in one run, with a sheet of pictures each: drawing, reading photos, drawing from depth. */
public final class Demo {

    /** Where the sheets go, below the working directory. */
    static final Path OUT = Path.of("examples", "programs", "target", "demo");

    private static final int SCENES = 6;
    private static final int PHOTOS = 4;
    private static final int DRAWN_AT_ONCE = 8;
    private static final int SHOWN_PIXELS = 128;
    private static final List<String> SHOWN_FIGURES = List.of("depth AbsRel", "normal mean", "segmentation accuracy");

    private Demo() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            ShapesWorld world =
                    ShapesWorld.ofCategories(mmgen.config().transformer().classes());
            List<Rendering> scenes = IntStream.range(0, SCENES)
                    .mapToObj(number -> world.render(Split.TEST.seed(number)))
                    .toList();
            generate(mmgen);
            understand(mmgen, world, scenes);
            drawFromDepth(mmgen, scenes);
        }
    }

    private static void generate(MmGen mmgen) {
        long begin = System.nanoTime();
        // Requests that are drawn together take half the time that they take one after another.
        List<ImageRequest> requests = IntStream.range(
                        0, mmgen.config().transformer().classes())
                .mapToObj(category -> mmgen.generate()
                        .category(category)
                        .seed(category)
                        .batch(DRAWN_AT_ONCE)
                        .build())
                .toList();
        List<RgbImage> rows = new ArrayList<>();
        for (MultiModalImage image : mmgen.runAll(requests)) {
            image.pictures().values().forEach(picture -> rows.add(enlarge(picture)));
        }
        write(
                new ContactSheet(2 * mmgen.modalities().size(), 4).of(rows),
                "generated.png",
                "Every category with all its modalities",
                begin);
    }

    private static void understand(MmGen mmgen, ShapesWorld world, List<Rendering> scenes) {
        long begin = System.nanoTime();
        SamplingDefaults reading = mmgen.config().reading();
        List<MultiModalImage> read =
                ModelReader.of(mmgen, SamplingWay.of(reading), _ -> {}).read(scenes, 0);
        ReadingScore score = new ReadingScore(world);
        for (int i = 0; i < scenes.size(); i++) {
            score.add(read.get(i), scenes.get(i));
        }
        write(
                new ReadingSheet("read").draw(scenes, read),
                "understood.png",
                "New scenes: truth beside what was read from the photo",
                begin);
        System.out.println("  on these " + SCENES + " scenes (README's table is over 500):");
        score.table().rows().stream()
                .filter(row -> SHOWN_FIGURES.contains(row.name()))
                .forEach(row -> System.out.printf(Locale.ROOT, "  %s: %.3f%s%n", row.name(), row.value(), row.unit()));
    }

    private static void drawFromDepth(MmGen mmgen, List<Rendering> scenes) {
        long begin = System.nanoTime();
        List<ImageRequest> requests = scenes.stream()
                .map(scene -> mmgen.generate()
                        .given(Modality.DEPTH, scene.depthPicture())
                        .category(scene.scene().category().ordinal())
                        .count(PHOTOS)
                        .only(Modality.RGB)
                        .batch(DRAWN_AT_ONCE)
                        .build())
                .toList();
        Iterator<MultiModalImage> images = mmgen.runAll(requests).iterator();
        List<RgbImage> rows = new ArrayList<>();
        for (Rendering scene : scenes) {
            rows.add(enlarge(scene.depthPicture()));
            for (int photo = 0; photo < PHOTOS; photo++) {
                rows.add(enlarge(images.next().rgb()));
            }
        }
        write(new ContactSheet(1 + PHOTOS, 4).of(rows), "from-depth.png", "Four photos for each depth", begin);
    }

    private static RgbImage enlarge(RgbImage picture) {
        return picture.resize(SHOWN_PIXELS, SHOWN_PIXELS, Resampling.BICUBIC);
    }

    private static void write(RgbImage sheet, String name, String what, long begin) {
        Path file = OUT.resolve(name);
        sheet.write(file);
        System.out.printf(Locale.ROOT, "%s, in %.1f s:%n  %s%n", what, (System.nanoTime() - begin) / 1e9, file);
    }
}
