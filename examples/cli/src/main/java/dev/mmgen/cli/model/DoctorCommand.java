package dev.mmgen.cli.model;

import dev.mmgen.torch.Libtorch;
import dev.mmgen.torch.LibtorchReport;
import dev.mmgen.torch.Torch;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen doctor}: a report of the native side, as far as it was found. */
@Command(
        name = "doctor",
        description =
                "Reports which libtorch is used, from where, with which BLAS, threads and devices, or why none is.",
        mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {

    @Option(names = "--build", description = "Also print how libtorch was built.")
    private boolean build;

    @Override
    public Integer call() {
        System.out.println(
                "java       " + System.getProperty("java.runtime.version") + " at " + System.getProperty("java.home"));
        System.out.println("system     " + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        System.out.println("heap       up to " + (Runtime.getRuntime().maxMemory() >> 20) + " MB");
        LibtorchReport report = Libtorch.describe();
        System.out.println(report);
        if (report.isLoaded() && build) {
            System.out.println(Torch.describeBuild());
        }
        return report.isLoaded() ? 0 : 1;
    }
}
