package dev.mmgen.cli.training;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.PostHocEma;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.TrainingFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        if (Files.exists(out)) {
            throw new CheckpointException(out + " exists; name a new file");
        }
        Path own = folder.resolve("checkpoints").toAbsolutePath().normalize();
        if (!Files.isDirectory(own)) {
            throw new CheckpointException(folder + " is no folder of a training: it has no folder 'checkpoints'");
        }
        if (out.toAbsolutePath().normalize().startsWith(own)) {
            throw new CheckpointException(out + " would be among the training's own checkpoints; name another folder");
        }
        List<Path> checkpoints = TrainingFolder.watch(folder).checkpoints();
        boolean files = checkpoints.stream().allMatch(Files::isRegularFile);
        if (files != out.toString().endsWith(".pt")) {
            throw new CheckpointException("--out is " + out + "; of these checkpoints it becomes "
                    + (files ? "a .pt file" : "a model folder, whose name does not end in .pt"));
        }
        PostHocEma.of(checkpoints).write(out, width);
        System.out.println(out);
    }
}
