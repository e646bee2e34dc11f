package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen translate}: the drawing of new images in a photo's layout. */
@Command(
        name = "translate",
        description = "Reads what a photo shows, and draws new photos of the same layout.",
        mixinStandardHelpOptions = true)
public final class TranslateCommand implements Runnable {

    private static final int USUAL_COUNT = 4;
    private static final int GAP = 2;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(paramLabel = "PHOTO", description = "PNG, JPEG, WebP, BMP or GIF.")
    @SuppressWarnings("NullAway.Init")
    private Path photo;

    @Option(
            names = "--keep",
            paramLabel = "MODALITY",
            split = ",",
            description =
                    "The modalities that the new images share with the photo, for example depth. Default: all but rgb.")
    private List<String> keep = new ArrayList<>();

    @Mixin
    private final FitOption fit = new FitOption.ForDrawing();

    @Mixin
    private final CategoryOption category = new CategoryOption();

    @Override
    public void run() {
        Processes.requireOne();
        fit.fit();
        RgbImage picture = RgbImage.read(photo);
        List<DrawingOptions.Series> all = drawing.series(DrawingOptions.stem(photo) + ".translated", USUAL_COUNT);
        drawing.requireFree(all);
        drawing.results()
                .requireFree(all.stream().map(TranslateCommand::sheetName).toList());
        try (MmGen mmgen = model.open()) {
            List<Modality> kept = kept(mmgen);
            all.forEach(series -> translate(mmgen, picture, kept, series));
        }
    }

    private void translate(MmGen mmgen, RgbImage picture, List<Modality> kept, DrawingOptions.Series series) {
        ImageRequestBuilder reading = drawing.complete(mmgen.understand(picture));
        fit.addTo(reading, photo, picture, drawing.results().verbosity());
        MultiModalImage scene = drawing.image(reading, series, "Reading");
        ImageRequestBuilder request = mmgen.generate().fit(fit.fit());
        category.addTo(request);
        kept.forEach(modality -> request.given(modality, scene.get(modality)));
        List<RgbImage> drawn = new ArrayList<>();
        drawing.images(request, series, "Drawing", (image, name) -> {
            drawn.add(image.rgb());
            drawing.results().write(image, name);
        });
        Path sheet = drawing.results().out().resolve(sheetName(series) + ".png");
        sheet(scene, drawn).write(sheet);
        drawing.results().print(sheet);
    }

    private static String sheetName(DrawingOptions.Series series) {
        return series.name(series.name()) + ".sheet";
    }

    private List<Modality> kept(MmGen mmgen) {
        List<Modality> kept = keep.isEmpty()
                ? mmgen.modalities().list().stream()
                        .filter(modality -> !modality.equals(Modality.RGB))
                        .toList()
                : keep.stream().map(mmgen.modalities()::find).toList();
        if (kept.contains(Modality.RGB)) {
            throw new IllegalArgumentException("--keep rgb leaves nothing to draw anew; keep other modalities");
        }
        return kept;
    }

    /** Returns a sheet of the photo and its modalities, then the new photos. */
    private static RgbImage sheet(MultiModalImage scene, List<RgbImage> drawn) {
        List<RgbImage> pictures = new ArrayList<>(scene.pictures().values());
        pictures.addAll(drawn);
        return new ContactSheet(scene.pictures().size(), GAP).of(pictures);
    }
}
