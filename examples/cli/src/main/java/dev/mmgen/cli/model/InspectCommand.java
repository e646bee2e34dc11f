package dev.mmgen.cli.model;

import dev.mmgen.torch.weights.ForeignTensor;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen inspect}: the list of the tensors of a weight file. */
@Command(
        name = "inspect",
        description =
                "Lists the tensors of a .safetensors, .pt or index file, or of a folder of shards; reads no weights.",
        mixinStandardHelpOptions = true)
public final class InspectCommand implements Runnable {

    @Parameters(paramLabel = "FILE", description = "A weight file or a folder.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "For a .pt checkpoint: the entry to list, for example ema.")
    private String key = "";

    @Override
    public void run() {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".pt") || name.endsWith(".pth") || name.endsWith(".bin") || name.endsWith(".ckpt")) {
            inspectCheckpoint();
        } else {
            try (WeightFile weights = WeightFile.open(file)) {
                weights.metadata().forEach((k, v) -> System.out.println("# " + k + ": " + v));
                print(weights.infos());
                printForeign(weights.foreign());
            }
        }
    }

    private void inspectCheckpoint() {
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file)) {
            if (!key.isEmpty()) {
                print(checkpoint.infos(key));
                return;
            }
            System.out.println("# keys: " + String.join(", ", checkpoint.keys()));
            if (checkpoint.has("args")) {
                System.out.println("# args: " + checkpoint.value("args"));
            }
            print(checkpoint.has("ema") ? checkpoint.infos("ema") : checkpoint.infos());
        }
    }

    /** Prints tensors of types that libtorch may have and this library does not read, so that nobody looks for them in vain. */
    private static void printForeign(Map<String, ForeignTensor> foreign) {
        foreign.forEach((name, tensor) ->
                System.out.printf(Locale.ROOT, "%-64s %-9s %s, not read%n", name, tensor.dtype(), tensor.shape()));
        if (!foreign.isEmpty()) {
            System.out.printf(Locale.ROOT, "%,d more of types that are not read here%n", foreign.size());
        }
    }

    private static void print(Map<String, TensorInfo> infos) {
        long elements = 0;
        long bytes = 0;
        for (Map.Entry<String, TensorInfo> entry : infos.entrySet()) {
            TensorInfo info = entry.getValue();
            elements += info.elements();
            bytes += info.bytes();
            System.out.printf(
                    Locale.ROOT, "%-64s %-9s %s%n", entry.getKey(), info.dtype().torchName(), info.shape());
        }
        System.out.printf(Locale.ROOT, "%,d tensors, %,d numbers, %,d bytes%n", infos.size(), elements, bytes);
    }
}
