package dev.mmgen.cli.image;

import dev.mmgen.Fit;
import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.Placement;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen inpaint}: the drawing of a region anew, while the rest is kept. */
@Command(
        name = "inpaint",
        description = "Reads what a photo shows, and draws a region of it anew in all modalities at once.",
        mixinStandardHelpOptions = true)
public final class InpaintCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(paramLabel = "PHOTO", description = "PNG, JPEG, WebP, BMP or GIF.")
    @SuppressWarnings("NullAway.Init")
    private Path photo;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Region region;

    @Mixin
    private final FitOption fit = new FitOption.ForDrawing();

    @Mixin
    private final CategoryOption category = new CategoryOption();

    /** The region, as a rectangle or as a mask. */
    private static final class Region {

        @Option(
                names = "--region",
                paramLabel = "X,Y,W,H",
                split = ",",
                arity = "1",
                required = true,
                description =
                        "The region as a rectangle of the photo: left column and upper row, from 0, width and height.")
        private int @Nullable [] rectangle;

        @Option(
                names = "--mask",
                paramLabel = "FILE",
                required = true,
                description = "The region as a picture of the photo's size: white is drawn anew, black is kept.")
        private @Nullable Path mask;

        RgbImage of(RgbImage picture) {
            return mask == null ? rectangle(picture) : mask(mask, picture);
        }

        private static RgbImage mask(Path file, RgbImage picture) {
            RgbImage mask = MaskImage.read(file).toRgbImage();
            if (mask.width() != picture.width() || mask.height() != picture.height()) {
                throw new IllegalArgumentException("--mask " + file + " has " + mask.width() + " x " + mask.height()
                        + " pixels, but the photo " + picture.width() + " x " + picture.height());
            }
            return mask;
        }

        private RgbImage rectangle(RgbImage picture) {
            int[] parts = rectangle == null ? new int[0] : rectangle;
            if (parts.length != 4
                    || parts[0] < 0
                    || parts[1] < 0
                    || parts[2] < 1
                    || parts[3] < 1
                    || parts[2] > picture.width() - parts[0]
                    || parts[3] > picture.height() - parts[1]) {
                throw new IllegalArgumentException("--region " + Arrays.toString(parts)
                        + " is not a rectangle X,Y,W,H within the photo of " + picture.width() + " x "
                        + picture.height()
                        + " pixels");
            }
            return Mask.none(picture.width(), picture.height())
                    .withRectangle(parts[0], parts[1], parts[2], parts[3])
                    .toPicture();
        }
    }

    @Override
    public void run() {
        Processes.requireOne();
        drawing.requireNothingToFollow();
        fit.fit();
        RgbImage picture = RgbImage.read(photo);
        RgbImage anew = region.of(picture);
        String name = DrawingOptions.stem(photo);
        List<DrawingOptions.Series> all = drawing.series(name + ".inpainted", 1);
        drawing.requireFree(all);
        drawing.results()
                .requireFree(all.stream()
                        .map(series -> series.name(name + ".before"))
                        .toList());
        try (MmGen mmgen = model.open()) {
            Placement placement = placement(mmgen, picture, anew);
            Mask mask = Mask.of(placement.cut(anew));
            for (DrawingOptions.Series series : all) {
                MultiModalImage scene = drawing.image(mmgen.understand(placement.cut(picture)), series, "Reading");
                ImageRequestBuilder request = mmgen.generate();
                category.addTo(request);
                request.inpaint(scene, mask);
                drawing.results().write(scene, series.name(name + ".before"));
                drawing.images(request, series, "Drawing", (image, numbered) -> {
                    Path whole = drawing.results().out().resolve(numbered + ".photo.png");
                    Map<String, Path> files = drawing.results().save(image, numbered);
                    files.put("photo", whole);
                    placement
                            .paste(picture, image.numbers(Modality.RGB), Mask.of(anew))
                            .write(whole);
                    drawing.results().print(image, files);
                });
            }
        }
    }

    /** Returns the part of the photo that the model sees: by default as much as fits around the region. */
    private Placement placement(MmGen mmgen, RgbImage picture, RgbImage anew) {
        ImageRequest size = drawing.complete(mmgen.understand(picture)).build();
        return fit.fit() == Fit.CROP
                ? Placement.around(Mask.of(anew).bounds(), picture, size.width(), size.height())
                : Placement.of(fit.fit(), picture, size.width(), size.height()).getFirst();
    }
}
