package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.cli.console.Processes;
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

/** {@code mmgen evaluate vae}: the reconstruction errors of an autoencoder. */
@Command(
        name = "vae",
        description =
                "Encodes the pictures of an index to the means of their posteriors, decodes them, and measures the errors.",
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
            description = "Width and height of the pictures. Default: those of the autoencoder's training.")
    private @Nullable Integer size;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "The folder of the table, as CSV and Markdown.")
    private @Nullable Path out;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Override
    public void run() {
        Processes.runInFirst(this::evaluate);
    }

    private void evaluate() {
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
