package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AutogradTest {

    @Test
    void gradientsAccumulateUntilTheyAreCleared() {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.tensor(new float[] {1, 2, 3}).requiresGrad(true);
            assertThat(x.grad()).isNull();
            x.mul(x).sum().backward();
            assertThat(x.grad().toFloats()).containsExactly(2, 4, 6);
            x.mul(3).sum().backward();
            assertThat(x.grad().toFloats()).containsExactly(5, 7, 9);
            x.clearGrad();
            assertThat(x.grad()).isNull();
            x.sum().backward();
            assertThat(x.grad().toFloats()).containsExactly(1, 1, 1);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void aSparseGradientIsRefusedByName() {
        Operator embedding = Operator.unchecked("aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1,"
                + " bool scale_grad_by_freq=False, bool sparse=False) -> Tensor");
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open()) {
            Tensor weight = Torch.ones(3, 2).requiresGrad(true);
            embedding.call(weight, Torch.arange(2), -1, false, true).sum().backward();
            assertThatThrownBy(weight::grad)
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("a tensor of sparse COO layout");
            weight.clearGrad();
            assertThat(weight.grad()).isNull();
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    /** The result of each use is a gradient, none, or an exception; which of them depends on the threads. */
    @Test
    void oneLeafMayBeTrainedReadAndClearedByManyThreads() throws Exception {
        long before = Torch.liveTensors();
        try (Tensor leaf = Torch.ones(64).requiresGrad(true)) {
            List<Callable<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int kind = i % 3;
                threads.add(() -> {
                    for (int round = 0; round < 3000; round++) {
                        useGradient(leaf, kind);
                    }
                    return null;
                });
            }
            try (ExecutorService executor = Executors.newFixedThreadPool(threads.size())) {
                for (Future<Void> done : executor.invokeAll(threads)) {
                    done.get();
                }
            }
            leaf.clearGrad();
            try (TensorScope _ = TensorScope.open()) {
                leaf.mul(3).sum().backward();
                assertThat(leaf.grad().toFloats()).hasSize(64).containsOnly(3);
            }
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    private static void useGradient(Tensor leaf, int kind) {
        try (TensorScope _ = TensorScope.open()) {
            switch (kind) {
                case 0 -> leaf.mul(2).sum().backward();
                case 1 -> leaf.clearGrad();
                default -> {
                    Tensor gradient = leaf.grad();
                    if (gradient != null) {
                        assertThat(gradient.toFloats()).hasSize(64);
                    }
                }
            }
        } catch (TorchException e) {
            // The engine found the place emptied while it added.
            assertThat(e).hasMessageNotContaining("null pointer");
        }
    }

    @Test
    void detachedTensorsCarryNoGradient() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2).requiresGrad(true);
            assertThat(x.mul(2).requiresGrad()).isTrue();
            assertThat(x.detach().mul(2).requiresGrad()).isFalse();
            assertThatThrownBy(() -> x.detach().sum().backward()).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> x.mul(2).backward()).hasMessageContaining("scalar");
            assertThatThrownBy(() -> Torch.arange(3).requiresGrad(true)).hasMessageContaining("floating point");
        }
    }

    @Test
    void layersHaveTheGradientsOfTheirDifferenceQuotients() {
        check("linear", x -> Functional.linear(x.reshape(2, 6), weights(5, 6), weights(5)));
        check("linearGelu", x -> Functional.linearGelu(x.reshape(2, 6), weights(5, 6), weights(5)));
        check(
                "conv2d",
                x -> Functional.conv2d(
                        x.reshape(1, 3, 2, 2), weights(2, 3, 3, 3), weights(2), new Functional.Window(1, 1, 1)));
        check(
                "layerNorm",
                x -> Functional.layerNorm(
                        x.reshape(2, 6), Shape.of(6), new Functional.Affine(weights(6), weights(6), 1e-6)));
        check(
                "groupNorm",
                x -> Functional.groupNorm(x.reshape(1, 4, 3), 2, new Functional.Affine(weights(4), weights(4), 1e-6)));
        check("attention", x -> {
            Tensor heads = x.reshape(1, 1, 4, 3);
            return Functional.scaledDotProductAttention(heads, heads.mul(0.5), heads.add(1));
        });
        check("upsample", x -> Functional.upsampleNearest(x.reshape(1, 3, 2, 2), 4, 4));
        check("pad", x -> Functional.pad(x.reshape(1, 3, 2, 2), 0, 0, 1, 0, 1));
        check("softmax", x -> x.reshape(2, 6).softmax(1));
        check("silu", x -> x.silu().mul(x.geluTanh()).add(x.sigmoid()));
        check(
                "views",
                x -> x.reshape(3, 4).transpose(0, 1).slice(0, 1, 4).select(1, 2).expand(2, -1));
    }

    /** Compares the gradient of a weighted sum of a function with central differences, in float64. */
    private static void check(String name, UnaryOperator<Tensor> function) {
        try (TensorScope _ = TensorScope.open()) {
            double[] start = new double[12];
            for (int i = 0; i < start.length; i++) {
                start[i] = Math.sin(1.7 * i + 0.3);
            }
            Tensor x = Torch.tensor(start).requiresGrad(true);
            weighted(function.apply(x)).backward();
            double[] gradient = x.grad().toDoubles();
            double step = 1e-5;
            for (int i = 0; i < start.length; i++) {
                double[] moved = start.clone();
                moved[i] += step;
                double above = weighted(function.apply(Torch.tensor(moved))).item();
                moved[i] -= 2 * step;
                double below = weighted(function.apply(Torch.tensor(moved))).item();
                assertThat(gradient[i]).as("%s %d", name, i).isCloseTo((above - below) / (2 * step), within(1e-7));
            }
        }
    }

    private static Tensor weighted(Tensor output) {
        Tensor flat = output.reshape(-1);
        Tensor weights =
                Torch.arange((int) flat.elements()).to(DType.FLOAT64).add(1).sin();
        return flat.mul(weights).sum();
    }

    private static Tensor weights(long... sizes) {
        Tensor count = Torch.arange((int) Shape.of(sizes).elements()).to(DType.FLOAT64);
        return count.mul(0.7).add(0.2).cos().mul(0.6).reshape(sizes);
    }
}
