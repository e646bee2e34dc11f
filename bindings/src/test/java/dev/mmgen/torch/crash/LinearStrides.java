package dev.mmgen.torch.crash;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/** The path without gradients against the path with them, for inputs, weights and biases of every layout. */
final class LinearStrides {

    private LinearStrides() {}

    public static void main(String[] args) {
        Tensor x = ramp(8, 64);
        Tensor w = ramp(96, 64);
        Tensor b = ramp(96);
        compare("plain", x, w, b);
        compare("bias strided", x, w, ramp(96, 2).select(1, 0));
        compare("bias expanded", x, w, ramp(1).expand(96));
        compare("bias scalar", x, w, Torch.scalar(3));
        compare("bias [1,96]", x, w, ramp(1, 96));
        compare("bias [8,96]", x, w, ramp(8, 96));
        compare("input transposed", ramp(64, 8).transpose(0, 1), w, b);
        compare("input row expanded", ramp(1, 64).expand(8, 64), w, b);
        compare("input column expanded", ramp(8, 1).expand(8, 64), w, b);
        compare("input scalar expanded", ramp(1, 1).expand(8, 64), w, b);
        compare("weight transposed", x, ramp(64, 96).transpose(0, 1), b);
        compare("weight row expanded", x, ramp(1, 64).expand(96, 64), b);
        compare("weight column expanded", x, ramp(96, 1).expand(96, 64), b);
        compare("weight all expanded", x, ramp(1, 1).expand(96, 64), b);
        compare("input of three dimensions permuted", ramp(4, 8, 64).permute(1, 0, 2), w, b);
        compare("input of three dimensions expanded", ramp(4, 1, 64).expand(4, 8, 64), w, b);
        compare("input sliced", ramp(8, 128).slice(1, 3, 67), w, b);
        compare("input stepped", ramp(8, 128).slice(1, 0, 128, 2), w, b);
        compare("weight sliced", x, ramp(96, 128).slice(1, 3, 67), b);
        compare("weight stepped", x, ramp(96, 128).slice(1, 0, 128, 2), b);
        compare("input of one dimension", ramp(64), w, b);
        Tensor halfX = x.to(DType.BFLOAT16);
        Tensor halfW = w.to(DType.BFLOAT16);
        compare(
                "bfloat16 with bias expanded",
                halfX,
                halfW,
                ramp(1).to(DType.BFLOAT16).expand(96));
        compare(
                "bfloat16 with bias strided",
                halfX,
                halfW,
                ramp(96, 2).to(DType.BFLOAT16).select(1, 1));
    }

    private static Tensor ramp(long... sizes) {
        int elements = 1;
        for (long size : sizes) {
            elements *= (int) size;
        }
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) Math.sin(i * 0.37 + elements);
        }
        return Torch.tensor(values, sizes);
    }

    private static void compare(String name, Tensor x, Tensor w, Tensor b) {
        System.out.println(name + ": " + difference(Functional.linear(x, w, b), unrecorded(x, w, b), x.dtype())
                + difference(Functional.linear(x, w, b).geluTanh(), unrecordedGelu(x, w, b), x.dtype()));
    }

    private static Tensor unrecorded(Tensor x, Tensor w, Tensor b) {
        try (GradMode _ = Torch.noGrad()) {
            return Functional.linear(x, w, b);
        }
    }

    private static Tensor unrecordedGelu(Tensor x, Tensor w, Tensor b) {
        try (GradMode _ = Torch.noGrad()) {
            return Functional.linearGelu(x, w, b);
        }
    }

    private static String difference(Tensor wanted, Tensor got, DType dtype) {
        double most =
                wanted.to(DType.FLOAT64).sub(got.to(DType.FLOAT64)).abs().amax().item();
        // A sum of 64 products, each of at most 1, in either type.
        return most <= (dtype == DType.FLOAT32 ? 1e-4 : 0.25) ? "same " : "differs by " + most + " ";
    }
}
