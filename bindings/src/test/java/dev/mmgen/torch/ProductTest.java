package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By processor and sizes, products of matrices in float32 are this project's own or MKL's: both must agree with the definition. */
class ProductTest {

    /** Of the root mean square: rounding alone leaves up to 7e-6 in sums of 500 to 20,000 products. */
    private static final double TOLERANCE = 1e-5;

    private static Tensor matrix(Generator generator, long rows, long columns) {
        return Torch.randn(generator, DType.FLOAT32, rows, columns);
    }

    private static Tensor transposed(Generator generator, long rows, long columns) {
        return matrix(generator, columns, rows).transpose(0, 1);
    }

    private static void close(Tensor actual, Tensor exact) {
        assertThat(actual.shape()).isEqualTo(exact.shape());
        double size = Math.sqrt(exact.mul(exact).mean().item());
        assertThat(precise(actual).sub(exact).abs().amax().item() / size).isCloseTo(0, within(TOLERANCE));
    }

    private static Tensor precise(Tensor tensor) {
        return tensor.detach().to(DType.FLOAT64);
    }

    @ParameterizedTest
    @CsvSource({
        "64, 16384, 1",
        "64, 1, 20000",
        "1, 2000, 600",
        "63, 700, 700",
        "64, 130, 127",
        "65, 129, 511",
        "240, 48, 512",
        "241, 49, 513",
        "243, 1537, 96",
        "480, 1536, 33",
        "67, 3073, 1030",
        "500, 17, 1025"
    })
    void productsOfAllSizesAndLayoutsAgreeWithTheirDefinition(long rows, long columns, long depth) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(11)) {
            for (Tensor left : new Tensor[] {matrix(generator, rows, depth), transposed(generator, rows, depth)}) {
                for (Tensor right :
                        new Tensor[] {matrix(generator, depth, columns), transposed(generator, depth, columns)}) {
                    close(left.matmul(right), precise(left).matmul(precise(right)));
                }
            }
        }
    }

    @Test
    void productsOfPartsOfMatricesAgreeWithTheirDefinition() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(12)) {
            Tensor left = matrix(generator, 300, 900).slice(0, 7, 207).slice(1, 5, 605);
            Tensor right = matrix(generator, 800, 500).slice(0, 100, 700).slice(1, 3, 420);
            close(left.matmul(right), precise(left).matmul(precise(right)));
            close(
                    right.transpose(0, 1).matmul(left.transpose(0, 1)),
                    precise(right).transpose(0, 1).matmul(precise(left).transpose(0, 1)));
        }
    }

    @Test
    void whatIsAddedToAProductAndItsGradientsAgreeWithTheDefinition() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(13)) {
            Tensor x = matrix(generator, 700, 90).requiresGrad(true);
            Tensor weight = matrix(generator, 130, 90).requiresGrad(true);
            Tensor bias = Torch.randn(generator, DType.FLOAT32, 130).requiresGrad(true);
            Tensor change = matrix(generator, 700, 130);
            Tensor y = Functional.linear(x, weight, bias);
            y.backward(change);
            close(y, precise(x).matmul(precise(weight).transpose(0, 1)).add(precise(bias)));
            close(gradient(x), precise(change).matmul(precise(weight)));
            close(gradient(weight), precise(change).transpose(0, 1).matmul(precise(x)));
        }
    }

    private static Tensor gradient(Tensor leaf) {
        Tensor gradient = leaf.grad();
        assertThat(gradient).isNotNull();
        return gradient;
    }

    @Test
    void nothingOfTheMemoryOfAResultReachesTheProduct() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(14)) {
            Tensor left = matrix(generator, 300, 40);
            Tensor right = matrix(generator, 40, 700);
            float[] first = left.matmul(right).toFloats();
            for (int i = 0; i < 5; i++) {
                Torch.full(Float.NaN, DType.FLOAT32, Device.CPU, Shape.of(300, 700))
                        .close();
                assertThat(left.matmul(right).toFloats()).isEqualTo(first);
            }
        }
    }

    @Test
    void numbersThatAreNoneReachTheirRowAndColumnAlone() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(15)) {
            Tensor left = matrix(generator, 200, 520);
            Tensor right = matrix(generator, 520, 170);
            left.select(0, 77).fill_(Float.NaN);
            right.select(1, 99).fill_(Float.POSITIVE_INFINITY);
            Tensor product = left.matmul(right);
            float[] values = product.toFloats();
            for (int i = 0; i < values.length; i++) {
                assertThat(Float.isFinite(values[i])).isEqualTo(i / 170 != 77 && i % 170 != 99);
            }
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        String processor = String.join(" ", Machine.now().processor());
        assumeTrue(
                processor.contains("AuthenticAMD") && processor.contains("avx512f"),
                "MKL's own products, which are taken here, may differ");
        int threads = Torch.threads();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(16)) {
            Tensor left = transposed(generator, 530, 1100);
            Tensor right = matrix(generator, 1100, 410);
            Supplier<float[]> product = () -> left.matmul(right).toFloats();
            Torch.setThreads(1);
            float[] alone = product.get();
            for (int count : new int[] {2, 3, 4}) {
                Torch.setThreads(count);
                assertThat(product.get()).isEqualTo(alone);
            }
        } finally {
            Torch.setThreads(threads);
        }
    }

    /** OpenMP's threads have the name of the thread that they compute for. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aThreadThatNeverComputedStartsNoMoreThreadsThanWereSet() throws Exception {
        int threads = Torch.threads();
        try {
            Torch.setThreads(1);
            AtomicLong started = new AtomicLong();
            Thread fresh = new Thread(
                    () -> {
                        try (TensorScope _ = TensorScope.open();
                                Generator generator = Generator.seeded(17)) {
                            Tensor left = matrix(generator, 700, 600);
                            left.matmul(matrix(generator, 600, 500));
                            started.set(threadsNamed("fresh-product"));
                        }
                    },
                    "fresh-product");
            fresh.start();
            fresh.join();
            assertThat(started).hasValue(1);
        } finally {
            Torch.setThreads(threads);
        }
    }

    private static long threadsNamed(String name) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> name.equals(nameOf(task))).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable String nameOf(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException gone) {
            return null;
        }
    }
}
