package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.train.prepare.LatentStatistics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen prepare statistics}: the statistics by which latents are normalised. */
@Command(
        name = "statistics",
        description = "Measures the mean and deviation of each channel of the latents, for 'train' and 'convert'.",
        mixinStandardHelpOptions = true)
final class StatisticsCommand implements Runnable {

    @Option(
            names = "--latents",
            paramLabel = "MODALITY=FILE",
            required = true,
            description =
                    "Latents (HDF5) of a modality, in the model's order: --latents rgb=rgb.h5 --latents depth=depth.h5 ...")
    @SuppressWarnings("NullAway.Init")
    private Map<String, Path> latents;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "The new JSON file.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "2147483647",
            description = "The number of samples of each modality to read, spread over its file. Default: all.")
    private int limit = Integer.MAX_VALUE;

    @Override
    public void run() {
        Processes.requireOne();
        if (Files.exists(out)) {
            throw new IllegalArgumentException(out + " exists already; remove it to measure anew");
        }
        LatentNormalization.Statistics statistics = LatentStatistics.of(List.copyOf(latents.values()), limit);
        LatentNormalizationFile.write(out, statistics);
        int place = 0;
        for (String modality : latents.keySet()) {
            System.out.println(
                    modality + ": means " + rounded(statistics.means().get(place)) + ", deviations "
                            + rounded(statistics.deviations().get(place)));
            place++;
        }
    }

    private static List<String> rounded(List<Double> numbers) {
        return numbers.stream()
                .map(number -> String.format(Locale.ROOT, "%.4f", number))
                .toList();
    }
}
