package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Operations that write to a tensor: what they refuse, and what they read while they write. */
class InPlaceTest {

    private static final List<Consumer<Tensor>> WRITING = List.of(
            x -> x.fill_(1),
            x -> x.copy_(Torch.ones(2)),
            x -> x.mul_(Torch.ones(1)),
            x -> x.lerp_(Torch.ones(2), 0.5),
            x -> x.addProduct_(Torch.ones(2), Torch.ones(2)),
            x -> Torch.uniform_(x, 0, 1, null),
            x -> Torch.normal_(x, 0, 1, null),
            x -> Foreach.mul_(List.of(x), Torch.scalar(2)),
            x -> Foreach.unscale_(List.of(x), Torch.ones(1), Torch.zeros(1)));

    @Test
    void noOperationIsRecordedInPlace() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor weight = Torch.ones(2).requiresGrad(true);
            Tensor recorded = weight.mul(1);
            for (Consumer<Tensor> writing : WRITING) {
                assertThatThrownBy(() -> writing.accept(recorded))
                        .isInstanceOf(TorchException.class)
                        .hasMessageContaining("would be recorded for gradients in place");
                try (GradMode _ = Torch.noGrad()) {
                    writing.accept(recorded);
                }
            }
            Tensor plain = Torch.ones(2);
            assertThatThrownBy(() -> plain.copy_(weight)).hasMessageContaining("would be recorded");
            Operator multiply = Operator.of("aten::mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)");
            assertThatThrownBy(() -> multiply.call(plain, weight)).hasMessageContaining("would be recorded");
        }
    }

    @Test
    void aViewThatHoldsAnElementTwiceIsNotWritten() {
        try (TensorScope _ = TensorScope.open()) {
            Operator unfold =
                    Operator.of("aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)");
            Tensor windows = unfold.call(Torch.ones(3), 0, 2, 1);
            for (Consumer<Tensor> writing : WRITING) {
                assertThatThrownBy(() -> writing.accept(windows))
                        .isInstanceOf(TorchException.class)
                        .hasMessageContaining("in which several elements share memory");
            }
        }
    }

    @Test
    void aFactorMayLieAmongWhatItMultiplies() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.tensor(new float[] {2, 3, 4});
            Foreach.mul_(List.of(x), x.select(0, 0));
            assertThat(x.toFloats()).containsExactly(4, 6, 8);
            Tensor y = Torch.tensor(new float[] {0.5f, 3, 4});
            Foreach.unscale_(List.of(y), y.slice(0, 0, 1), Torch.zeros(1));
            assertThat(y.toFloats()).containsExactly(0.25f, 1.5f, 2);
        }
    }

    @Test
    void aGradientThatLiesInAnotherParameterIsReadBeforeItIsMoved() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor first = Torch.tensor(new float[] {1, 2});
            Tensor moment = Torch.zeros(2);
            List<Tensor> parameters = List.of(first, Torch.ones(2));
            Foreach.adamW_(
                    new Foreach.AdamWLists(
                            parameters,
                            List.of(Torch.ones(2), first),
                            new Foreach.Moments(
                                    List.of(Torch.zeros(2), moment),
                                    List.of(Torch.zeros(2), Torch.zeros(2)),
                                    List.of(Torch.scalar(1f), Torch.scalar(1f)))),
                    0.5,
                    new Foreach.AdamWRule(0.9, 0.999, 0, 1e-8));
            // A tenth of what the gradient was.
            assertThat(moment.toFloats()).containsExactly(0.1f, 0.2f);
        }
    }

    @Test
    void aBackwardPassThatNeedsWhatWasThereBeforeIsRefused() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor input = Torch.ones(2).requiresGrad(true);
            Tensor weight = Torch.tensor(new float[] {3, 3});
            Tensor loss = input.mul(weight).sum();
            Foreach.adamW_(
                    new Foreach.AdamWLists(
                            List.of(weight),
                            List.of(Torch.ones(2)),
                            new Foreach.Moments(
                                    List.of(Torch.zeros(2)), List.of(Torch.zeros(2)), List.of(Torch.scalar(1f)))),
                    0.5,
                    new Foreach.AdamWRule(0.9, 0.999, 0, 1e-8));
            assertThatThrownBy(loss::backward)
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("modified by an inplace operation");
        }
    }

    @Test
    void weightsOfAnInterpolationAreAsExactAsItsEnds() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor zero = Torch.tensor(new double[] {0});
            Tensor one = Torch.tensor(new double[] {1});
            assertThat(zero.lerp(one, 0.1).item()).isEqualTo(0.1);
            assertThat(zero.copy().lerp_(one, 0.1).item()).isEqualTo(0.1);
        }
    }

    @Test
    void lengthsThatNoTensorHasAreNotJoined() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor wide = Torch.ones(1).expand(1L << 47);
            List<Tensor> many = Collections.nCopies(4, wide);
            assertThatThrownBy(() -> Torch.cat(many, 0)).hasMessageContaining("a dimension of more than 2^48");
        }
    }
}
