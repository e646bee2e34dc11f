package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.Map;

/** The search for weights that are NaN or infinite, which draw black pictures without any error. */
final class FiniteCheck {

    private static final long PIECE = 1 << 20;

    private FiniteCheck() {}

    static void require(Path file, Map<String, Tensor> tensors) {
        tensors.forEach((key, tensor) -> {
            try (TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                if (tensor.dtype().isFloatingPoint() && tensor.elements() > 0 && !isSurelyFinite(tensor)) {
                    long bad = count(tensor);
                    if (bad > 0) {
                        throw new WeightFileException(
                                file,
                                key,
                                bad + " of its " + tensor.elements() + " numbers are NaN or infinite: the training that"
                                        + " wrote it diverged, or the file is damaged; take an earlier checkpoint or"
                                        + " download it again",
                                null);
                    }
                }
            }
        });
    }

    /** A norm carries every NaN and infinity. It can also overflow, so an infinite one proves nothing. */
    private static boolean isSurelyFinite(Tensor tensor) {
        Tensor wide = tensor.dtype() == DType.FLOAT16 ? tensor.to(DType.FLOAT32) : tensor;
        return Double.isFinite(wide.norm().item());
    }

    private static long count(Tensor tensor) {
        Tensor flat = tensor.reshape(-1);
        long bad = 0;
        for (long start = 0; start < flat.elements(); start += PIECE) {
            try (TensorScope _ = TensorScope.open()) {
                for (double value : flat.slice(0, start, Math.min(flat.elements(), start + PIECE))
                        .toDoubles()) {
                    bad += Double.isFinite(value) ? 0 : 1;
                }
            }
        }
        return bad;
    }
}
