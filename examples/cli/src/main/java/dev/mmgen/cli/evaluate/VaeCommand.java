package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.train.autoencoder.IndexedImages;
import dev.mmgen.train.autoencoder.ReconstructionReport;
import dev.mmgen.train.metric.MetricTable;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate vae}: how well pictures survive an autoencoder. */
@Command(
        name = "vae",
        description =
                "Measures what is left of an index's pictures after the way to their most likely latents and back.",
        mixinStandardHelpOptions = true)
final class VaeCommand implements Runnable {

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            required = true,
            description = "The autoencoder, in the diffusers layout.")
    @SuppressWarnings("NullAway.Init")
    private Path vae;

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the pictures.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Width and height of the pictures. Default: what the autoencoder was trained on.")
    private @Nullable Integer size;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "Where the table goes as CSV and Markdown.")
    private @Nullable Path out;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Override
    public void run() {
        Device device = machine.apply();
        ReportFiles files = new ReportFiles(out);
        try (AutoencoderKl autoencoder = AutoencoderFolder.open(vae)) {
            autoencoder.to(device, DType.FLOAT32);
            int side = size == null ? autoencoder.config().sampleSize() : size;
            ReconstructionReport report = ReconstructionReport.measure(autoencoder, IndexedImages.open(index, side));
            files.table(
                    "vae",
                    new MetricTable(report.psnr().entrySet().stream()
                            .map(entry -> MetricTable.higher("PSNR " + entry.getKey(), entry.getValue(), "dB"))
                            .toList()));
        }
    }
}
