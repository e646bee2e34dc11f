package dev.mmgen.cli.console;

import dev.mmgen.torch.Device;
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
            description = "cpu, cuda or cuda:N. Default: cpu.")
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
        return Device.parse(device);
    }
}
