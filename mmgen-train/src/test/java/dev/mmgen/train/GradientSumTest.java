package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.nn.Sequential;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class GradientSumTest {

    /** Rows of one column; the first three lie in more than one bucket. */
    private static final int[] ROWS = {4_000_000, 3, 4_000_000, 5, 7};

    private static final int RANK_ONE_ONLY = 3;
    private static final int NOWHERE = 4;

    @TempDir
    private Path folder;

    /** A way to sum the gradients of a model's parameters. */
    interface Sum {
        void of(ProcessGroup group, List<Parameter> parameters) throws Exception;
    }

    /** Returns the first and the last gradient of each map's weights, NaN where there is none, after a sum over two ranks. */
    static List<List<Double>> sums(Path file, Sum sum) throws Exception {
        return sums(file, _ -> Device.CPU, sum);
    }

    private static List<List<Double>> sums(Path file, IntFunction<Device> deviceOfRank, Sum sum) throws Exception {
        return TwoRanks.run(file, group -> {
            Linear[] maps = new Linear[ROWS.length];
            for (int i = 0; i < maps.length; i++) {
                maps[i] = Linear.withoutBias(1, ROWS[i]);
            }
            try (Module model = new Sequential(maps);
                    Generator generator = Generator.seeded(0)) {
                model.initialize(generator);
                model.to(deviceOfRank.apply(group.rank()), DType.FLOAT32);
                model.requiresGrad(true);
                List<Parameter> parameters = List.copyOf(model.parameters().values());
                for (int i = 0; i < maps.length; i++) {
                    if (i != NOWHERE && (i != RANK_ONE_ONLY || group.rank() == 1)) {
                        backward(parameters.get(i).value(), i + 1 + 10 * group.rank());
                    }
                }
                sum.of(group, parameters);
                return ends(parameters);
            }
        });
    }

    private static void backward(Tensor value, double gradient) {
        try (TensorScope _ = TensorScope.open()) {
            value.mul(gradient).sum().backward();
        }
    }

    private static List<Double> ends(List<Parameter> parameters) {
        List<Double> ends = new ArrayList<>();
        try (TensorScope _ = TensorScope.open()) {
            for (Parameter parameter : parameters) {
                Tensor gradient = parameter.value().grad();
                float[] numbers = gradient == null ? new float[] {Float.NaN} : gradient.toFloats();
                ends.add((double) numbers[0]);
                ends.add((double) numbers[numbers.length - 1]);
            }
        }
        return ends;
    }

    static void assertSummed(List<List<Double>> ranks) {
        List<Double> sums = List.of(12.0, 12.0, 14.0, 14.0, 16.0, 16.0, 14.0, 14.0, Double.NaN, Double.NaN);
        assertThat(ranks).containsExactly(sums, sums);
    }

    @Test
    void gradientsAreAddedAlsoWhereOneRankHasNone() throws Exception {
        assertSummed(sums(folder.resolve("group"), (group, parameters) -> new GradientSum(group).of(parameters)));
    }

    @Test
    void gradientsOnGpusAreAddedThere() throws Exception {
        assumeThat(Torch.cudaDevices()).as("a GPU for each rank").isGreaterThanOrEqualTo(2);
        assertSummed(sums(
                folder.resolve("group"), Device::cuda, (group, parameters) -> new GradientSum(group).of(parameters)));
    }
}
