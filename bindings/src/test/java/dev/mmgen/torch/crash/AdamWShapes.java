package dev.mmgen.torch.crash;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Foreach;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;

/** AdamW over lists whose tensors have other shapes, types or strides than the fused kernel takes for granted. */
final class AdamWShapes {

    private static final int ELEMENTS = 1 << 20;
    private static final Foreach.AdamWRule RULE = new Foreach.AdamWRule(0.9, 0.99, 0, 1e-8);

    private AdamWShapes() {}

    public static void main(String[] args) {
        Tensor plain = Torch.zeros(ELEMENTS);
        attack("plain", plain.copy(), plain.add(1), moments(plain.copy(), plain.copy()));
        attack("short gradient", plain.copy(), Torch.ones(1), moments(plain.copy(), plain.copy()));
        attack("short first moment", plain.copy(), plain, moments(Torch.ones(1), plain.copy()));
        attack("short second moment", plain.copy(), plain, moments(plain.copy(), Torch.ones(1)));
        attack("short moments", plain.copy(), plain, moments(Torch.ones(1), Torch.ones(1)));
        attack("two steps", plain.copy(), plain, moments(plain.copy(), plain.copy(), Torch.ones(2)));
        Tensor strided = Torch.ones(ELEMENTS, 2).select(1, 0);
        attack("strided gradient", plain.copy(), strided, moments(plain.copy(), plain.copy()));
        Tensor expanded = Torch.ones(1).expand(ELEMENTS);
        attack("expanded gradient", plain.copy(), expanded, moments(plain.copy(), plain.copy()));
        attack("strided moments", plain.copy(), plain.add(1), moments(stridedZeros(), stridedZeros()));
        Tensor zero = Torch.zeros(1).expand(ELEMENTS);
        attack("expanded moment", plain.copy(), plain, moments(zero, plain.copy()));
        attack("expanded parameter", zero, plain, moments(plain.copy(), plain.copy()));
        Tensor wide = plain.to(DType.FLOAT64);
        attack("gradient of another type", plain.copy(), wide, moments(plain.copy(), plain.copy()));
        attack("moment of another type", plain.copy(), plain, moments(plain.to(DType.BFLOAT16), plain.copy()));
        Tensor integers = plain.to(DType.INT64);
        attack("integers", integers, integers, moments(integers, integers));
        attack("all one tensor", plain, plain, moments(plain, plain));
        cleared();
    }

    private static Tensor stridedZeros() {
        return Torch.zeros(ELEMENTS, 2).select(1, 1);
    }

    private static Foreach.Moments moments(Tensor first, Tensor second) {
        return moments(first, second, Torch.scalar(1));
    }

    private static Foreach.Moments moments(Tensor first, Tensor second, Tensor step) {
        return new Foreach.Moments(List.of(first), List.of(second), List.of(step));
    }

    private static void attack(String name, Tensor parameter, Tensor gradient, Foreach.Moments moments) {
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            var lists = new Foreach.AdamWLists(List.of(parameter), List.of(gradient), moments);
            for (int i = 0; i < 5; i++) {
                Foreach.adamW_(lists, 1e-3, RULE);
            }
            System.out.println(name + ": " + parameter.amin().item() + " to "
                    + parameter.amax().item());
        } catch (RuntimeException e) {
            System.out.println(name + ": " + e.getMessage());
        }
    }

    /** A list that is emptied after its length was checked. */
    private static void cleared() {
        List<Tensor> parameters = tensors(1);
        List<Tensor> gradients = tensors(1);
        try (GradMode _ = Torch.noGrad()) {
            var lists =
                    new Foreach.AdamWLists(parameters, gradients, new Foreach.Moments(tensors(0), tensors(0), steps()));
            gradients.clear();
            Foreach.adamW_(lists, 1e-3, RULE);
        }
        System.out.println("cleared: " + parameters.getFirst().amax().item());
    }

    private static List<Tensor> tensors(int value) {
        var tensors = new ArrayList<Tensor>();
        for (int i = 0; i < 40; i++) {
            tensors.add(Torch.zeros(4).add(value));
        }
        return tensors;
    }

    private static List<Tensor> steps() {
        var steps = new ArrayList<Tensor>();
        for (int i = 0; i < 40; i++) {
            steps.add(Torch.scalar(1));
        }
        return steps;
    }
}
