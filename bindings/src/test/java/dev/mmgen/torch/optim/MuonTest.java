package dev.mmgen.torch.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.weights.StateDict;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MuonTest extends OptimizedModule {

    private static final Muon.Settings DECAYING =
            Muon.Settings.DEFAULT.withAdamW(AdamW.Settings.DEFAULT.withWeightDecay(0.1));

    private static Muon muon(Linear module) {
        return new Muon(module, DECAYING, _ -> true);
    }

    /** The rule in Java's doubles, by rows. */
    private static double[][] orthogonal(double[][] matrix) {
        double norm = 0;
        for (double[] row : matrix) {
            for (double value : row) {
                norm += value * value;
            }
        }
        double[][] x = scaled(matrix, 1 / Math.sqrt(norm));
        for (int i = 0; i < 5; i++) {
            double[][] square = product(x, transposed(x));
            double[][] polynomial = sum(scaled(square, -4.775), scaled(product(square, square), 2.0315));
            x = sum(scaled(x, 3.4445), product(polynomial, x));
        }
        return x;
    }

    private static double[][] scaled(double[][] a, double factor) {
        double[][] b = new double[a.length][a[0].length];
        for (int i = 0; i < b.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                b[i][j] = factor * a[i][j];
            }
        }
        return b;
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] c = scaled(a, 1);
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[0].length; j++) {
                c[i][j] += b[i][j];
            }
        }
        return c;
    }

    private static double[][] transposed(double[][] a) {
        double[][] b = new double[a[0].length][a.length];
        for (int i = 0; i < b.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                b[i][j] = a[j][i];
            }
        }
        return b;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    @Test
    void matricesStepAsTheFormulaSaysAndBiasesAsAdamWDoes() {
        try (Muon optimizer = muon(module);
                Linear twin = fresh();
                AdamW adamW = new AdamW(twin, DECAYING.adamW())) {
            float[] weights = module.weight().value().toFloats();
            double[] mean = new double[6];
            backward(twin, 1);
            for (int step = 1; step <= 3; step++) {
                backward(module, step);
                float[] g = gradient(module);
                double[][] nesterov = new double[2][3];
                for (int i = 0; i < 6; i++) {
                    mean[i] = 0.95 * mean[i] + 0.05 * g[i];
                    nesterov[i / 3][i % 3] = 0.05 * g[i] + 0.95 * mean[i];
                }
                double[][] update = orthogonal(nesterov);
                for (int i = 0; i < 6; i++) {
                    double length = 0.2 * Math.sqrt(3);
                    weights[i] = (float) (weights[i] * (1 - 0.01 * 0.1) - 0.01 * length * update[i / 3][i % 3]);
                }
                optimizer.step(0.01);
                if (step == 1) {
                    adamW.step(0.01);
                    assertThat(module.bias().value().toFloats())
                            .isEqualTo(twin.bias().value().toFloats());
                }
                optimizer.clearGradients();
            }
            assertThat(module.weight().value().toFloats()).containsExactly(weights, within(1e-5f));
        }
    }

    @Test
    void aTallMatrixIsMadeOrthogonalAsItsTransposeIs() {
        try (Generator generator = Generator.seeded(4)) {
            Tensor wide = Torch.randn(generator, DType.FLOAT32, 5, 40);
            Tensor tall = wide.transpose(0, 1);
            Tensor made = Muon.orthogonal(tall);
            assertThat(made.shape().toArray()).containsExactly(40, 5);
            assertThat(made.transpose(0, 1).contiguous().toFloats())
                    .containsExactly(Muon.orthogonal(wide).toFloats());
            // Singular values from 0.7 to 1.2: their squares are on the diagonal of the product, about.
            Tensor square = made.transpose(0, 1).matmul(made);
            for (int i = 0; i < 5; i++) {
                assertThat(square.select(0, i).select(0, i).item()).isBetween(0.45, 1.5);
            }
        }
    }

    @Test
    void aKernelOfAConvolutionIsAMatrixOfOneRowPerChannel() {
        try (Conv2d kernel = new Conv2d(2, 3, 3);
                Linear matrix = new Linear(2 * 9, 3);
                Generator generator = Generator.seeded(4)) {
            kernel.initialize(generator);
            matrix.initialize(generator);
            matrix.weight().value().copy_(kernel.weight().value().reshape(3, 18));
            Tensor gradient = Torch.randn(generator, DType.FLOAT32, 3, 18);
            kernel.requiresGrad(true);
            matrix.requiresGrad(true);
            kernel.weight().value().reshape(3, 18).mul(gradient).sum().backward();
            matrix.weight().value().mul(gradient).sum().backward();
            try (Muon one = new Muon(kernel, DECAYING, _ -> true);
                    Muon other = muon(matrix)) {
                one.step(0.1);
                other.step(0.1);
            }
            assertThat(kernel.weight().value().reshape(3, 18).toFloats())
                    .isEqualTo(matrix.weight().value().toFloats());
        }
    }

    @Test
    void aMatrixWithoutAGradientAndOneOfZerosRest() {
        try (Muon optimizer = new Muon(module, Muon.Settings.DEFAULT, _ -> true)) {
            float[] weights = module.weight().value().toFloats();
            module.bias().value().sum().backward();
            optimizer.step(0.1);
            assertThat(module.weight().value().toFloats()).isEqualTo(weights);
            backward(module, 0);
            optimizer.step(0.1);
            assertThat(module.weight().value().toFloats()).isEqualTo(weights);
        }
    }

    @Test
    void aRefusedRateMovesNothing() {
        try (Muon optimizer = muon(module)) {
            backward(module, 1);
            float[] weights = module.weight().value().toFloats();
            float[] bias = module.bias().value().toFloats();
            for (String refused : new String[] {"weight", "bias"}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> optimizer.step(key -> key.equals(refused) ? -1 : 0.1))
                        .withMessageContaining("-1");
            }
            assertThat(module.weight().value().toFloats()).isEqualTo(weights);
            assertThat(module.bias().value().toFloats()).isEqualTo(bias);
        }
    }

    @Test
    void goesOnFromASavedStateBitForBit() {
        assertGoesOnFromASavedState(
                MuonTest::muon, "weight.momentum_buffer", "bias.step", "bias.exp_avg", "bias.exp_avg_sq");
    }

    @Test
    void aStateOfAnotherOptimizerOrShapeIsRefused() {
        try (Muon optimizer = muon(module);
                Linear twin = fresh();
                AdamW adamW = new AdamW(twin, DECAYING.adamW())) {
            backward(twin, 1);
            adamW.step(0.01);
            try (StateDict state = adamW.state()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> optimizer.load(state))
                        .withMessageContaining("'weight.step'")
                        .withMessageContaining("other matrices left to Muon");
            }
            try (StateDict state = StateDict.of(Map.of(
                    "weight.momentum_buffer", Torch.tensor(new float[] {1, 2}).unscoped()))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> optimizer.load(state))
                        .withMessageContaining("'weight.momentum_buffer' of shape");
            }
        }
    }

    @Test
    void itTakesAMatrixThatIsTrained() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Muon(module, DECAYING, key -> key.equals("bias")))
                .withMessageContaining("none of the parameters named for Muon is a matrix");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Muon.Settings.DEFAULT.withMomentum(1))
                .withMessage("Muon's momentum is 1.0; it must be from 0 to below 1");
    }
}
