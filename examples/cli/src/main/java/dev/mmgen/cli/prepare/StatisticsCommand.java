package dev.mmgen.cli.prepare;

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

/** {@code mmgen prepare statistics}: by what latents are brought to unit scale. */
@Command(
        name = "statistics",
        description = "Measures mean and deviation of each channel of the latents, for 'train' and 'convert'.",
        mixinStandardHelpOptions = true)
final class StatisticsCommand implements Runnable {

    @Option(
            names = "--moments",
            paramLabel = "MODALITY=FILE",
            required = true,
            description =
                    "HDF5 moments of a modality, in the model's order: --moments rgb=rgb.h5 --moments depth=depth.h5 ...")
    @SuppressWarnings("NullAway.Init")
    private Map<String, Path> moments;

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
            description = "How many samples of each modality to read, spread over its file. Default: all.")
    private int limit = Integer.MAX_VALUE;

    @Override
    public void run() {
        if (Files.exists(out)) {
            throw new IllegalArgumentException(out + " exists already; remove it to measure anew");
        }
        LatentNormalization.Statistics statistics = LatentStatistics.of(List.copyOf(moments.values()), limit);
        LatentNormalizationFile.write(out, statistics);
        int place = 0;
        for (String modality : moments.keySet()) {
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
