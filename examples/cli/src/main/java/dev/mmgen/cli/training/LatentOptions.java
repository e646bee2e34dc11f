package dev.mmgen.cli.training;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.LatentNormalizationFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of the normalisation of latents; the run's folder keeps it, for {@code mmgen convert}. */
@Command(optionListHeading = "%nLatents:%n")
final class LatentOptions {

    private static final String NOTE = "latents.json";

    @Option(
            names = "--latent-scale",
            paramLabel = "X",
            description = "The factor of latents. Default: that of the model that is trained further, else"
                    + " 0.18215, Stable Diffusion's.")
    private @Nullable Double scale;

    @Option(
            names = "--statistics",
            paramLabel = "FILE",
            description =
                    "Normalise latents by these means and deviations instead, which 'prepare statistics' measures.")
    private @Nullable Path statistics;

    private LatentNormalization own = LatentNormalization.STABLE_DIFFUSION;

    /** Sets the normalisation that holds without options. */
    void defaultTo(Supplier<LatentNormalization> normalization) {
        if (scale == null && statistics == null) {
            own = normalization.get();
        }
    }

    LatentNormalization normalization() {
        if (statistics == null) {
            return scale == null ? own : new LatentNormalization.Scaling(scale);
        }
        if (scale != null) {
            throw new IllegalArgumentException(
                    "--latent-scale and --statistics both say how latents are normalised; give one");
        }
        return LatentNormalizationFile.read(statistics);
    }

    /** Writes the normalisation into a run's folder, or checks that earlier runs there had the same. */
    void note(Path folder) {
        Path file = folder.resolve(NOTE);
        LatentNormalization now = normalization();
        if (!Files.exists(file)) {
            LatentNormalizationFile.write(file, now);
        } else if (!LatentNormalizationFile.read(file).equals(now)) {
            throw new IllegalArgumentException(folder + " has a training on latents that are normalised otherwise, as "
                    + file + " says; give it as --statistics, or train in another folder");
        }
        System.err.println("latents are normalised as " + file + " says");
    }
}
