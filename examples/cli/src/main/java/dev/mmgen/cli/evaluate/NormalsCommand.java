package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.metric.NormalMetrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mmgen evaluate normals}: the errors of pictures of surface normals. */
@Command(
        name = "normals",
        description =
                "Compares pictures of surface normals with true ones, by the angles over all pixels of all pictures. "
                        + "Red, green and blue are x, y and z from -1 to 1; middle grey in the truth stands for no normal.",
        mixinStandardHelpOptions = true)
final class NormalsCommand implements Runnable {

    @Mixin
    private final PicturePairs pairs = new PicturePairs();

    @Override
    public void run() {
        Processes.runInFirst(this::evaluate);
    }

    private void evaluate() {
        NormalMetrics metrics = new NormalMetrics();
        ReportFiles files = pairs.files();
        pairs.judge(metrics::add);
        files.table("normals", metrics.total().table());
    }
}
