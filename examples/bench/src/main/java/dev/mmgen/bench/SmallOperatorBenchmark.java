package dev.mmgen.bench;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The cost of one small operator: four floats multiplied, the result freed. The same loop in C++ is in native/bench. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH calls open() before the first benchmark.
public class SmallOperatorBenchmark {

    private GradMode mode;
    private Tensor shared;
    private TensorScope scope;
    private Tensor scoped;

    @Setup(Level.Trial)
    public void open() {
        mode = Torch.noGrad();
        shared = Torch.tensor(new float[] {1, 2, 3, 4});
        scope = TensorScope.open();
        scoped = Torch.tensor(new float[] {1, 2, 3, 4});
    }

    @TearDown(Level.Trial)
    public void close() {
        scope.close();
        shared.close();
        mode.close();
    }

    @Benchmark
    public void closedByHand() {
        scoped.mul(scoped).close();
    }

    @Benchmark
    public void ofASharedTensor() {
        shared.mul(shared).close();
    }

    @Benchmark
    public long sixteenFreedByAScope() {
        try (TensorScope inner = TensorScope.open()) {
            for (int i = 0; i < 16; i++) {
                scoped.mul(scoped);
            }
            return inner.size();
        }
    }
}
