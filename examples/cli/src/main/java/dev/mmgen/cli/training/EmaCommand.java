package dev.mmgen.cli.training;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.PostHocEma;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen ema}: an EMA of another length, from the checkpoints of a training. */
@Command(
        name = "ema",
        description = {
            "Puts an EMA of another length together from the checkpoints of a training that has ended, without training again"
                    + " (post-hoc EMA). 'mmgen convert' makes a model folder of a .pt file.",
            "The more checkpoints were kept, the better: \"checkpointing\": {\"keep\": 0} in the plan keeps all."
        },
        mixinStandardHelpOptions = true)
public final class EmaCommand implements Runnable {

    @Parameters(paramLabel = "FOLDER", description = "The folder of the training.")
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Option(
            names = "--width",
            paramLabel = "W",
            required = true,
            description =
                    "Standard deviation of the averaged steps, in parts of the training: above 0, to 0.288. 0.05 to 0.15"
                            + " are usual; a wide one is smoother, a narrow one learnt more.")
    private double width;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "OUT",
            required = true,
            description =
                    "The new checkpoint, a .pt file, or of checkpoints of safetensors the new model folder. It must not exist.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Override
    public void run() {
        Processes.requireOne();
        PostHocEma.ofTraining(folder).write(out, width);
        System.out.println(out);
    }
}
