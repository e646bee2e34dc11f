package dev.mmgen.cli.console;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.GroupConfig;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the machine: the device that computes, and the number of threads. */
@Command(optionListHeading = "%nMachine:%n")
public final class ComputeOptions {

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description =
                    "cpu, cuda or cuda:N; cuda is the first GPU, and in several processes the one of the process's local"
                            + " rank. Default: cpu.")
    private String device = "cpu";

    @Mixin
    private final ThreadOption threads = new ThreadOption();

    /**
     * Sets the number of threads, which must happen before anything is computed, and returns the device.
     *
     * @throws IllegalArgumentException if there is no such device
     */
    public Device apply() {
        threads.apply();
        return device(device, System.getenv());
    }

    /** Reads a device as one of several processes does, where a launcher's variables say that it is. */
    static Device device(String text, Map<String, String> variables) {
        return text.equals("cuda")
                ? GroupConfig.fromEnvironment(variables).map(GroupConfig::gpu).orElse(Device.cuda(0))
                : Device.parse(text);
    }
}
