package dev.mmgen.torch.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.weights.StateDict;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A module of 3 x 2 weights for the tests of an optimizer, and what holds for each. No tensor may be left. */
abstract class OptimizedModule {

    private long before;
    private TensorScope scope;

    Linear module;

    @BeforeEach
    void open() {
        before = Torch.liveTensors();
        scope = TensorScope.open();
        module = fresh();
    }

    @AfterEach
    void close() {
        module.close();
        scope.close();
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    static Linear fresh() {
        Linear module = new Linear(3, 2);
        try (Generator generator = Generator.seeded(1)) {
            module.initialize(generator);
        }
        module.requiresGrad(true);
        return module;
    }

    static void backward(Linear module, double scale) {
        Tensor output = module.forward(Torch.tensor(new float[] {1, -2, 3, 2, 1, -1}, 2, 3));
        output.mul(output).sum().mul(scale).backward();
    }

    static float[] gradient(Linear module) {
        Tensor gradient = module.weight().value().grad();
        assertThat(gradient).isNotNull();
        return gradient.toFloats();
    }

    /** Checks that another module, with the weights and the optimizer's state after one step, makes the same second step. */
    void assertGoesOnFromASavedState(Function<Linear, Optimizer> made, String... entries) {
        try (Optimizer optimizer = made.apply(module);
                Linear twin = fresh();
                Optimizer resumed = made.apply(twin)) {
            backward(module, 1);
            optimizer.step(0.01);
            optimizer.clearGradients();
            try (StateDict weights = module.state();
                    StateDict state = optimizer.state()) {
                assertThat(state.keys()).containsExactly(entries);
                weights.asMap()
                        .forEach((key, value) -> twin.parameters()
                                .get(key)
                                .set(value.detach().copy().requiresGrad(true)));
                resumed.load(state);
            }
            backward(module, 2);
            optimizer.step(0.02);
            backward(twin, 2);
            resumed.step(0.02);
            assertThat(twin.weight().value().toFloats())
                    .isEqualTo(module.weight().value().toFloats());
            assertThat(twin.bias().value().toFloats())
                    .isEqualTo(module.bias().value().toFloats());
        }
    }
}
