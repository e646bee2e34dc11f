package dev.mmgen.cli.image;

import dev.mmgen.Fit;
import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.cli.console.Verbosity;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of the way in which photos of another size are brought to that of the model. */
final class FitOption {

    @Option(
            names = "--fit",
            paramLabel = "WAY",
            description =
                    "How a photo of another size is seen: crop (its middle), pad (whole, edge repeated), stretch (whole,"
                            + " squeezed) or tile (whole, in overlapping windows); all but crop give results of the photo's size."
                            + " Default: crop, and a line says so.")
    private @Nullable Fit fit;

    Fit fit() {
        return fit == null ? Fit.CROP : fit;
    }

    /** Sets the way in which a request sees a photo, and says what a crop leaves out. */
    ImageRequestBuilder addTo(ImageRequestBuilder request, Path file, RgbImage photo, Verbosity verbosity) {
        request.fit(fit());
        String warning = fit == null ? warning(file.toString(), photo, request.build()) : null;
        if (warning != null) {
            verbosity.note(warning);
        }
        return request;
    }

    /** Returns the way in which a drawing sees the modalities of a photo: in one window. */
    Fit forDrawing() {
        if (fit == Fit.TILE) {
            throw new IllegalArgumentException("--fit tile is for reading, since drawings of several windows would not"
                    + " fit each other; use crop, pad or stretch");
        }
        return fit();
    }

    /** Returns a line about what a crop leaves out of a photo; null if nothing, or if the crop was asked for. */
    @Nullable
    String warning(String name, RgbImage photo, ImageRequest request) {
        long across = (long) photo.width() * request.height();
        long down = (long) photo.height() * request.width();
        // A tenth more on one side than on the other is what people see.
        if (fit != null || 10 * Math.min(across, down) >= 9 * Math.max(across, down)) {
            return null;
        }
        return String.format(
                Locale.ROOT,
                "%s is of %d x %d pixels: only its middle is seen; '--fit tile', 'pad' or 'stretch' show all",
                name,
                photo.width(),
                photo.height());
    }
}
