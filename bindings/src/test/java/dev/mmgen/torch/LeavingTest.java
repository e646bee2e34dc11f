package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is told to end while a thread is inside libtorch, whose globals exit() destroys. */
class LeavingTest {

    private static final int SIDE = 4096;

    @ParameterizedTest
    @ValueSource(strings = {"", "at-once"})
    void letsTheCallUnderWayEndFirst(String exit, @TempDir Path folder) throws Exception {
        Path product = folder.resolve("product");
        ChildJvm child = ChildJvm.start(List.of("-Dmmgen.exit=" + exit), Busy.class, product.toString());
        assertThat(child.readLine()).isEqualTo("busy");
        child.terminate();
        assertThat(child.exitCode()).as("128 + SIGTERM").isEqualTo(143);
        assertFinished(product);
    }

    @ParameterizedTest
    @CsvSource({"'', true", "at-once, false"})
    void destroysLibtorchUnlessToldToEndAtOnce(String exit, boolean destroys, @TempDir Path folder) throws Exception {
        // The dynamic linker of glibc writes a line for each library whose destructors it calls.
        List<String> logged = List.of("env", "LD_DEBUG=files", "LD_DEBUG_OUTPUT=" + folder.resolve("linker"));
        ChildJvm child = ChildJvm.startUnder(logged, List.of("-Dmmgen.exit=" + exit), Exit.class, "7");
        assertThat(child.readLines()).containsExactly("loaded");
        assertThat(child.exitCode()).isEqualTo(7);
        List<String> lines = new ArrayList<>();
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder)) {
            for (Path log : logs) {
                lines.addAll(Files.readAllLines(log));
            }
        }
        assertThat(lines).anyMatch(line -> line.contains("calling init: ") && line.contains("libtorch_cpu.so"));
        assertThat(lines.stream().anyMatch(line -> line.contains("calling fini: ") && line.contains("libtorch_cpu.so")))
                .isEqualTo(destroys);
    }

    /** A child process: loads libtorch and ends with the status that it is told. */
    static final class Exit {

        public static void main(String[] args) {
            Libtorch.load();
            System.out.println("loaded");
            System.exit(Integer.parseInt(args[0]));
        }
    }

    /** Asserts that the product of {@link Busy} was computed to its end. */
    static void assertFinished(Path product) throws IOException {
        var values = new float[SIDE * SIDE];
        ByteBuffer.wrap(Files.readAllBytes(product))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .get(values);
        long finished =
                IntStream.range(0, values.length).filter(i -> values[i] == SIDE).count();
        assertThat(finished).isEqualTo(values.length);
    }

    /** A child process: begins a product of more than a second, which goes into a file. */
    static final class Busy {

        public static void main(String[] args) throws InterruptedException {
            begin(args[0]);
            System.out.println("busy");
            Thread.sleep(60_000);
        }

        static void begin(String path) throws InterruptedException {
            Operator fromFile = Operator.unchecked(
                    "aten::from_file(str filename, bool? shared=None, int? size=0, *, ScalarType?"
                            + " dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor");
            Operator product =
                    Operator.unchecked("aten::mm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)");
            // The JVM waits 0.3 s for native code and then leaves it alone: one thread, so that this takes longer.
            Torch.setThreads(1);
            Tensor ones = Torch.ones(SIDE, SIDE);
            Tensor file = fromFile.call(path, true, SIDE * SIDE, DType.FLOAT32, null, null, null)
                    .reshape(SIDE, SIDE);
            var begun = new CountDownLatch(1);
            Thread.ofPlatform().daemon().start(() -> {
                begun.countDown();
                product.call(ones, ones, file);
            });
            begun.await();
            Thread.sleep(50);
        }
    }
}
