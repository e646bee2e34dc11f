package dev.mmgen.torch.crash;

import dev.mmgen.torch.Operator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import java.util.List;

/** Schemas that stand somewhere in libtorch's data without being what its dispatcher calls. */
final class FalseSchemas {

    private FalseSchemas() {}

    public static void main(String[] args) {
        Tensor x = Torch.ones(4, 4);
        attack("aten::max(Tensor self, int dim, bool keepdim) -> (Tensor, Tensor)", x, 1L, true);
        attack("aten::gelu(Tensor self) -> Tensor", x);
        attack(
                "aten::sum(Tensor self, int[]? dim, bool keepdim, *, int? dtype) -> Tensor",
                x,
                new long[] {0, 1},
                false,
                null);
        attack("aten::cat(Tensor[] inputs) -> Tensor", List.of(x, x));
        attack("aten::relu6(Tensor qx, bool inplace=False) -> Tensor", x, true);
        attack("aten::where(Tensor condition, Tensor self, Tensor other) -> Tensor", x.gt(Torch.zeros(1)), x, x);
        attack(
                "aten::zeros(int[] size, *, int? dtype, int? layout, Device? device, bool? pin_memory) -> Tensor",
                new long[] {3},
                6L,
                null,
                null,
                null);
    }

    private static void attack(String schema, Object... arguments) {
        try {
            System.out.println("called " + Operator.of(schema).callAll(arguments));
        } catch (TorchException e) {
            System.out.println(e.getMessage());
        }
    }
}
