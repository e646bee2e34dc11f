package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {

    private long before;
    private TensorScope scope;

    @BeforeEach
    void openScope() {
        before = Torch.liveTensors();
        scope = TensorScope.open();
    }

    @AfterEach
    void everyTensorIsFreed() {
        scope.close();
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void factsDescribeTheTensor() {
        Tensor tensor = Torch.zeros(2, 3, 4);
        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3, 4));
        assertThat(tensor.dtype()).isEqualTo(DType.FLOAT32);
        assertThat(tensor.device()).isEqualTo(Device.CPU);
        assertThat(tensor.strides()).containsExactly(12, 4, 1);
        assertThat(tensor.elements()).isEqualTo(24);
        assertThat(tensor.size(-1)).isEqualTo(4);
        assertThatThrownBy(() -> tensor.size(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dimension 3 of shape [2, 3, 4], which has 3 dimensions");
        assertThat(tensor.isContiguous()).isTrue();
        assertThat(tensor.transpose(0, 2).isContiguous()).isFalse();
        assertThat(tensor).hasToString("Tensor[2, 3, 4] float32 on cpu");
    }

    @Test
    void arithmeticBroadcastsAndPromotes() {
        Tensor row = Torch.tensor(new float[] {1, 2, 3}, 1, 3);
        Tensor column = Torch.tensor(new float[] {10, 20}, 2, 1);
        assertThat(row.add(column).toFloats()).containsExactly(11, 12, 13, 21, 22, 23);
        assertThat(row.addScaled(column, -0.5).toFloats()).containsExactly(-4, -3, -2, -9, -8, -7);
        assertThat(column.sub(row).div(row).toFloats()).containsExactly(9, 4, 7f / 3, 19, 9, 17f / 3);
        assertThat(row.to(DType.BFLOAT16).mul(2).dtype()).isEqualTo(DType.BFLOAT16);
        assertThat(row.to(DType.BFLOAT16).add(row).dtype()).isEqualTo(DType.FLOAT32);
        assertThat(row.sub(1).pow(2).toFloats()).containsExactly(0, 1, 4);
        assertThat(row.lerp(row.mul(3), 0.25).toFloats()).containsExactly(1.5f, 3, 4.5f);
        assertThat(row.clamp(1.5, 2.5).toFloats()).containsExactly(1.5f, 2, 2.5f);
        assertThat(row.minimum(row.flip(1)).maximum(Torch.scalar(1.5)).toFloats())
                .containsExactly(1.5f, 2, 1.5f);
    }

    @Test
    void operatorsInPlaceChangeTheirTensor() {
        Tensor sum = Torch.ones(2, 3);
        Tensor same = sum.addProduct_(
                Torch.tensor(new float[] {1, 2, 3}), Torch.full(2, DType.FLOAT32, Device.CPU, Shape.of(2, 3)));
        assertThat(same).isSameAs(sum);
        assertThat(sum.toFloats()).containsExactly(3, 5, 7, 3, 5, 7);
        assertThat(sum.mul_(Torch.scalar(2)).toFloats()).containsExactly(6, 10, 14, 6, 10, 14);
        assertThat(sum.lerp_(Torch.zeros(2, 3), 0.5).fill_(4).sum().item()).isEqualTo(24);
        assertThat(sum.copy_(Torch.ones(3)).mean().item()).isEqualTo(1);
    }

    @Test
    void pointwiseFunctionsMatchTheirDefinitions() {
        double[] points = {-2, -0.5, 0.25, 3};
        Tensor x = Torch.tensor(points);
        for (int i = 0; i < points.length; i++) {
            double v = points[i];
            assertThat(x.exp().toDoubles()[i]).isCloseTo(Math.exp(v), within(1e-12));
            assertThat(x.sin().toDoubles()[i]).isCloseTo(Math.sin(v), within(1e-12));
            assertThat(x.cos().toDoubles()[i]).isCloseTo(Math.cos(v), within(1e-12));
            assertThat(x.tanh().toDoubles()[i]).isCloseTo(Math.tanh(v), within(1e-12));
            assertThat(x.sigmoid().toDoubles()[i]).isCloseTo(1 / (1 + Math.exp(-v)), within(1e-12));
            assertThat(x.silu().toDoubles()[i]).isCloseTo(v / (1 + Math.exp(-v)), within(1e-12));
            assertThat(x.relu().toDoubles()[i]).isEqualTo(Math.max(v, 0));
            assertThat(x.abs().sqrt().toDoubles()[i]).isCloseTo(Math.sqrt(Math.abs(v)), within(1e-12));
            double cubic = Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v);
            assertThat(x.geluTanh().toDoubles()[i]).isCloseTo(0.5 * v * (1 + Math.tanh(cubic)), within(1e-12));
            assertThat(x.gelu().toDoubles()[i]).isCloseTo(x.geluTanh().toDoubles()[i], within(1e-3));
        }
        assertThat(Torch.tensor(new double[] {0.5, 1.5, -1.2}).round().toDoubles())
                .containsExactly(0, 2, -1);
        assertThat(Torch.tensor(new double[] {-1.2}).floor().toDoubles()).containsExactly(-2);
    }

    @Test
    void comparisonsAnswerWithBooleans() {
        Tensor x = Torch.tensor(new float[] {1, 2, Float.NaN});
        Tensor two = Torch.scalar(2);
        assertThat(x.lt(two).toBytes()).containsExactly(1, 0, 0);
        assertThat(x.ge(two).toBytes()).containsExactly(0, 1, 0);
        assertThat(x.eq(two).dtype()).isEqualTo(DType.BOOL);
        assertThat(x.isFinite().logicalNot().toBytes()).containsExactly(0, 0, 1);
        assertThat(x.isFinite().where(x, Torch.scalar(-1)).toFloats()).containsExactly(1, 2, -1);
    }

    @Test
    void reductionsGoOverTheGivenDimensions() {
        Tensor x = Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertThat(x.sum().item()).isEqualTo(21);
        assertThat(x.sum(0).toFloats()).containsExactly(5, 7, 9);
        assertThat(x.mean(-1).toFloats()).containsExactly(2, 5);
        assertThat(x.meanKeep(1).shape()).isEqualTo(Shape.of(2, 1));
        assertThat(x.amax(0, 1).item()).isEqualTo(6);
        assertThat(x.amin(1).toFloats()).containsExactly(1, 4);
        assertThat(x.argmax(1).toLongs()).containsExactly(2, 2);
        assertThat(x.cumsum(1).toFloats()).containsExactly(1, 3, 6, 4, 9, 15);
        assertThat(x.softmax(1).sum(1).toFloats()).containsExactly(new float[] {1, 1}, within(1e-6f));
        assertThat(x.logSoftmax(1).exp().sub(x.softmax(1)).abs().amax().item()).isLessThan(1e-6);
    }

    @Test
    void extremesAreFoundWithTheirPlaces() {
        Tensor x = Torch.tensor(new float[] {1, 5, 5, -2, 0, -7}, 2, 3);
        assertThat(x.max().item()).isEqualTo(5);
        assertThat(x.min().item()).isEqualTo(-7);
        assertThat(x.max(1).values().toFloats()).containsExactly(5, 0);
        assertThat(x.max(1).indices().toLongs()).containsExactly(1, 1);
        assertThat(x.min(0).values().toFloats()).containsExactly(-2, 0, -7);
        assertThat(x.min(-2).indices().toLongs()).containsExactly(1, 1, 1);
        assertThatThrownBy(() -> x.max(2)).isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Torch.zeros(0, 2).max(0)).isInstanceOf(TorchException.class);
    }

    @Test
    void matricesMultiply() {
        Tensor x = Torch.tensor(new float[] {1, 2, 3, 4}, 2, 2);
        assertThat(x.matmul(x).toFloats()).containsExactly(7, 10, 15, 22);
    }

    @Test
    void sizesBeyondMemoryAreRefusedByName() {
        for (long huge : new long[] {1L << 61, 1L << 62, (1L << 62) + 5, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> Torch.zeros(huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.zeros(0, huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.empty(DType.FLOAT32, Device.CPU, Shape.of(2, huge)))
                    .hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.randn(null, DType.FLOAT32, huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.randint(null, 0, 2, huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.randperm(null, huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.ones(1).expand(huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.ones(1).reshape(huge)).hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Functional.pad(Torch.ones(1), 0, huge, huge))
                    .hasMessageContaining("" + huge);
            assertThatThrownBy(() -> Torch.ones(1).select(0, huge)).isInstanceOf(TorchException.class);
            assertThat(Torch.ones(3).slice(0, -huge, huge).elements()).isEqualTo(3);
            assertThat(Torch.ones(3, 2).slice(0, 1, huge, huge).shape()).isEqualTo(Shape.of(1, 2));
        }
        Tensor wide = Torch.ones(1, 1).expand(1L << 31, 1L << 30);
        assertThatThrownBy(wide::toFloats).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> wide.add(1)).isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Torch.arange(-1)).hasMessageContaining("arange of -1 numbers");
        assertThatThrownBy(() -> Torch.randperm(null, -1)).hasMessageContaining("negative");
    }

    @Test
    void viewsShareStorage() {
        Tensor x = Torch.arange(24).to(DType.FLOAT32).reshape(2, 3, 4);
        assertThat(x.permute(2, 0, 1).shape()).isEqualTo(Shape.of(4, 2, 3));
        assertThat(x.select(1, 2).toFloats()).containsExactly(8, 9, 10, 11, 20, 21, 22, 23);
        assertThat(x.slice(2, 1, 4, 2).select(0, 0).toFloats()).containsExactly(1, 3, 5, 7, 9, 11);
        assertThat(x.unsqueeze(0).squeeze(0).shape()).isEqualTo(x.shape());
        assertThat(x.chunk(3, 1).get(1).reshape(-1).toFloats()).containsExactly(4, 5, 6, 7, 16, 17, 18, 19);
        assertThat(x.indexSelect(2, Torch.tensor(new long[] {3, 0}))
                        .select(0, 0)
                        .select(0, 0)
                        .toFloats())
                .containsExactly(3, 0);
        assertThat(Torch.zeros(1, 2).expand(3, -1).shape()).isEqualTo(Shape.of(3, 2));
        x.select(0, 0).fill_(-1);
        assertThat(x.amin().item()).isEqualTo(-1);
        assertThatThrownBy(() -> x.chunk(5, 1)).hasMessageContaining("does not divide into 5");
        Tensor empty = Torch.ones(2, 0);
        assertThatThrownBy(() -> empty.chunk(Integer.MAX_VALUE, 1))
                .hasMessageContaining("does not divide into 2147483647");
    }

    @Test
    void tensorsJoin() {
        Tensor a = Torch.ones(1, 2);
        Tensor b = Torch.zeros(1, 2);
        assertThat(Torch.cat(List.of(a, b, a), 0).toFloats()).containsExactly(1, 1, 0, 0, 1, 1);
        assertThat(Torch.stack(List.of(a, b), -1).shape()).isEqualTo(Shape.of(1, 2, 2));
        assertThatThrownBy(() -> Torch.cat(List.of(), 0)).isInstanceOf(TorchException.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeGoesThroughABuffer(DType dtype) {
        Tensor values = Torch.tensor(new long[] {0, 1, 1, 0, 1}).to(dtype);
        ByteBuffer bytes = ByteBuffer.allocate(5 * dtype.byteSize()).order(ByteOrder.nativeOrder());
        values.copyTo(bytes);
        assertThat(bytes.remaining()).isZero();
        Tensor back = Torch.tensor(bytes.flip(), dtype, Shape.of(5));
        assertThat(back.dtype()).isEqualTo(dtype);
        assertThat(back.toLongs()).containsExactly(0, 1, 1, 0, 1);
    }

    @Test
    void aBufferThatIsTooSmallIsRefused() {
        assertThatThrownBy(() -> Torch.zeros(3).copyTo(ByteBuffer.allocate(11)))
                .hasMessageContaining("has room for 11");
        assertThatThrownBy(() -> Torch.tensor(new float[3], 2, 2))
                .hasMessageContaining("needs 16 bytes, but 12 were given");
    }

    @Test
    void nonContiguousAndEmptyTensorsAreRead() {
        assertThat(Torch.arange(6).reshape(2, 3).transpose(0, 1).toLongs()).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(Torch.zeros(0, 3).toFloats()).isEmpty();
    }

    @Test
    void libtorchsRefusalBecomesAnException() {
        assertThatThrownBy(() -> Torch.ones(4).reshape(3))
                .isInstanceOf(TorchException.class)
                .hasMessage("shape '[3]' is invalid for input of size 4");
        assertThatThrownBy(() -> Torch.ones(2, 3).add(Torch.ones(2, 4))).hasMessageContaining("must match the size");
        assertThatThrownBy(() -> Torch.ones(2).select(0, 5)).isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Torch.ones(2).item()).isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Torch.zeros(1L << 40, 1L << 20)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> Torch.ones(2).to(Device.cuda(77))).isInstanceOf(TorchException.class);
    }

    @Test
    void layersRefuseShapesThatDoNotFit() {
        Tensor x = Torch.ones(2, 3);
        assertThatThrownBy(() -> Functional.linear(x, Torch.ones(4, 5), null)).isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Functional.linear(x, Torch.ones(4, 3), Torch.ones(5)))
                .isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Functional.conv2d(x, Torch.ones(4, 3, 3, 3), null, new Functional.Window(1, 1, 1)))
                .isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> Functional.embedding(Torch.ones(4, 3), Torch.tensor(new long[] {4})))
                .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(
                        () -> Functional.groupNorm(Torch.ones(1, 4, 2, 2), 0, new Functional.Affine(null, null, 1e-5)))
                .hasMessageContaining("at least 1 group");
    }

    @Test
    void wholeNumbersAreAddedExactly() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor large = Torch.tensor(new long[] {(1L << 53) + 1, -3}, 2);
            Tensor row = Torch.tensor(new long[] {1, 2, 3, 4}, 2, 2);
            assertThat(large.add(row).toLongs()).containsExactly((1L << 53) + 2, -1, (1L << 53) + 4, 1);
            assertThat(large.sub(row).toLongs()).containsExactly(1L << 53, -5, (1L << 53) - 2, -7);
            assertThat(row.to(DType.INT32).add(row.to(DType.INT32)).dtype()).isEqualTo(DType.INT32);
        }
    }
}
