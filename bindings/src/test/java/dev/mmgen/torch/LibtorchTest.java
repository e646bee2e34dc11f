package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Loads the real libtorch: that of the class path, or the one that the build's {@code mmgen.libtorch} names. */
class LibtorchTest {

    @Test
    void loadsOnceForManyThreads() throws Exception {
        Callable<LibtorchReport> task = () -> {
            Libtorch.load();
            return Libtorch.describe();
        };
        try (var pool = Executors.newFixedThreadPool(4)) {
            for (var report : pool.invokeAll(Collections.nCopies(8, task))) {
                assertThat(report.get()).isEqualTo(Libtorch.describe());
            }
        }
        LibtorchReport report = Libtorch.describe();
        assertThat(report.isLoaded()).as(report.toString()).isTrue();
        assertThat(report.folder().resolve(System.mapLibraryName("torch_cpu"))).exists();
        assertThat(report.shim()).exists();
        assertThat(report.version()).matches("2\\.[0-9]+\\.[0-9]+");
        assertThat(report.missing())
                .as("the switch of NNPACK was read back")
                .noneMatch(name -> name.contains("NNPACK"));
        assertThat(report.threads()).isPositive();
        assertThat(report.devices()).first().isEqualTo("cpu");
        assertThat(report.toString()).contains(report.folder().toString()).contains(report.blas());
    }

    @Test
    void loadsWithEitherBlas() throws Exception {
        for (String blas : List.of("mkl", "openblas")) {
            List<String> lines = describeInChild("-Dmmgen.blas=" + blas, "-Dmmgen.libtorch=");
            assertThat(lines).contains("blas       " + blas, "usable");
        }
    }

    @Test
    void usesAllProcessorsOfTheJvmAndSaysSo() throws Exception {
        assertThat(describeInChild("-XX:ActiveProcessorCount=1"))
                .contains("threads    1 (the processors that the JVM may use)", "usable");
        assertThat(describeInChild("-Dmmgen.threads=3")).contains("threads    3 (system property mmgen.threads)");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void usesNoMoreThanTheProcessorsOfItsAffinity() throws Exception {
        String first = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.replaceAll("\\D*(\\d+).*", "$1"))
                .findFirst()
                .orElseThrow();
        ChildJvm child = ChildJvm.startUnder(List.of("taskset", "-c", first), List.of(), Description.class);
        assertThat(child.readLines()).contains("threads    1 (the processors that the JVM may use)", "usable");
        assertThat(child.exitCode()).isZero();
    }

    /** Only for a user who may make a control group: root in most containers, and few on desktops. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void usesNoMoreThanTheQuotaOfItsControlGroup() throws Exception {
        boolean unified = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
        Path group = Path.of(unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu")
                .resolve("mmgen-test-" + ProcessHandle.current().pid());
        try {
            Files.createDirectory(group);
        } catch (IOException e) {
            abort("no control group can be made here: " + e);
        }
        try {
            if (unified) {
                Path limit = group.resolve("cpu.max");
                assumeTrue(Files.isWritable(limit), "groups have no quota here");
                Files.writeString(limit, "100000 100000");
            } else {
                Files.writeString(group.resolve("cpu.cfs_quota_us"), "100000");
            }
            String join = "echo $$ > " + group.resolve("cgroup.procs") + " && exec \"$0\" \"$@\"";
            ChildJvm child = ChildJvm.startUnder(List.of("sh", "-c", join), List.of(), Description.class);
            assertThat(child.readLines()).contains("threads    1 (the processors that the JVM may use)", "usable");
            assertThat(child.exitCode()).isZero();
        } finally {
            Files.delete(group);
        }
    }

    @Test
    void anInterruptOfTheFirstUserSpoilsNothing() throws Exception {
        ChildJvm child = ChildJvm.start(List.of(), Interrupted.class);
        assertThat(child.readLines()).containsExactly("still interrupted: true", "interrupted: [2]", "another: [2]");
        assertThat(child.exitCode()).isZero();
    }

    /** A child process whose first user of the library is interrupted before. */
    static final class Interrupted {
        public static void main(String[] args) throws InterruptedException {
            Thread first = new Thread(() -> {
                Thread.currentThread().interrupt();
                Tensor tensor = Torch.ones(2);
                System.out.println(
                        "still interrupted: " + Thread.currentThread().isInterrupted());
                System.out.println("interrupted: " + tensor.shape());
            });
            first.start();
            first.join();
            System.out.println("another: " + Torch.ones(2).shape());
        }
    }

    @Test
    void failsWithTheSameWordsEachTime(@TempDir Path empty) throws Exception {
        List<String> lines = describeInChild("-Dmmgen.libtorch=" + empty);
        assertThat(lines).contains("libtorch   not loaded");
        List<String> failures = lines.stream()
                .filter(line -> line.startsWith("No libtorch in "))
                .toList();
        assertThat(failures).hasSize(2);
        assertThat(failures.get(0)).isEqualTo(failures.get(1)).contains(empty.toString());
    }

    private static List<String> describeInChild(String... options) throws IOException, InterruptedException {
        ChildJvm child = ChildJvm.start(List.of(options), Description.class);
        List<String> lines = child.readLines();
        assertThat(child.exitCode()).isZero();
        return lines;
    }

    /** A child process: prints the report and, twice, how loading ends. */
    static final class Description {
        public static void main(String[] args) {
            System.out.println(Libtorch.describe());
            if (Libtorch.describe().isLoaded()) {
                System.out.println(Torch.describeBuild());
            }
            for (int i = 0; i < 2; i++) {
                try {
                    Libtorch.load();
                    System.out.println("usable");
                } catch (LibtorchException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }
}
