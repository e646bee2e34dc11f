package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.metric.DepthMetrics;
import dev.mmgen.train.metric.DepthProtocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate depth}: the errors of depth pictures. */
@Command(
        name = "depth",
        description =
                "Compares depth pictures with true ones after least-squares alignment of scale and shift, picture by"
                        + " picture. Depths are grey levels from 0 (black) to 1 (white).",
        mixinStandardHelpOptions = true)
final class DepthCommand implements Runnable {

    @Mixin
    private final PicturePairs pairs = new PicturePairs();

    @Option(
            names = "--space",
            paramLabel = "SPACE",
            defaultValue = "depth",
            description =
                    "The space in which scale and shift are fitted: depth, if prediction and truth are coded alike; disparity, if"
                            + " the prediction shows one over the truth. Default: depth.")
    private DepthProtocol.Space space = DepthProtocol.Space.DEPTH;

    @Option(
            names = "--min",
            paramLabel = "LEVEL",
            defaultValue = "0.001",
            description = "The smallest true level that is valid; darker pixels are ignored. Default: 0.001.")
    private double min = 0.001;

    @Option(
            names = "--max",
            paramLabel = "LEVEL",
            defaultValue = "1",
            description = "The largest true level that is valid. Default: 1.")
    private double max = 1;

    @Override
    public void run() {
        Processes.runInFirst(this::evaluate);
    }

    private void evaluate() {
        DepthMetrics metrics = new DepthMetrics(new DepthProtocol(space, min, max));
        ReportFiles files = pairs.files();
        pairs.judge((predicted, truth) -> metrics.add(DepthMetrics.levels(predicted), DepthMetrics.levels(truth)));
        files.table("depth", metrics.mean().table());
        if (metrics.skipped() > 0) {
            System.out.println("Skipped, since no true level is in range: " + metrics.skipped() + " pictures");
        }
    }
}
