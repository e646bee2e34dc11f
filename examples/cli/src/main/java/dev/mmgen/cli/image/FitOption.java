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
abstract class FitOption {

    /** The option of commands that read: each window of a photo by itself, too. */
    static final class ForReading extends FitOption {

        @Option(
                names = "--fit",
                paramLabel = "WAY",
                description =
                        "How a photo of another size is seen: crop (its middle), pad (whole, edge repeated), stretch (whole,"
                                + " squeezed) or tile (whole, in overlapping windows); all but crop give results of the photo's"
                                + " size. Default: crop, and a line says so.")
        private @Nullable Fit fit;

        @Override
        @Nullable
        Fit asked() {
            return fit;
        }
    }

    /** The option of commands that draw: what is drawn in several windows would not fit together. */
    static final class ForDrawing extends FitOption {

        @Option(
                names = "--fit",
                paramLabel = "WAY",
                description =
                        "How a photo of another size is seen: crop (its middle, or what is around the region of inpaint), pad"
                                + " (whole, edge repeated) or stretch (whole, squeezed). Default: crop.")
        private @Nullable Fit fit;

        @Override
        @Nullable
        Fit asked() {
            if (fit == Fit.TILE) {
                throw new IllegalArgumentException(
                        "--fit tile is for reading, since drawings of several windows would not"
                                + " fit each other; use crop, pad or stretch");
            }
            return fit;
        }
    }

    /**
     * Returns what was asked for; null for nothing.
     *
     * @throws IllegalArgumentException if the command cannot see photos so
     */
    abstract @Nullable Fit asked();

    Fit fit() {
        Fit fit = asked();
        return fit == null ? Fit.CROP : fit;
    }

    /** Sets the way in which a request sees a photo, and says what a crop leaves out. */
    ImageRequestBuilder addTo(ImageRequestBuilder request, Path file, RgbImage photo, Verbosity verbosity) {
        request.fit(fit());
        String warning = asked() == null ? warning(file.toString(), photo, request.build()) : null;
        if (warning != null) {
            verbosity.note(warning);
        }
        return request;
    }

    /** Returns a line about what a crop leaves out of a photo; null if nothing, or if the crop was asked for. */
    @Nullable
    String warning(String name, RgbImage photo, ImageRequest request) {
        long across = (long) photo.width() * request.height();
        long down = (long) photo.height() * request.width();
        // A tenth more on one side than on the other is what people see.
        if (asked() != null || 10 * Math.min(across, down) >= 9 * Math.max(across, down)) {
            return null;
        }
        return String.format(
                Locale.ROOT,
                "%s is of %d x %d pixels: only its middle is seen; '--fit %s' or 'stretch' show all",
                name,
                photo.width(),
                photo.height(),
                this instanceof ForReading ? "tile', 'pad" : "pad");
    }
}
