package dev.mmgen.torch.crash;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.MappedFile;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A bias that is one mapped element, seen 2^24 times. */
final class LinearExpandedBias {

    private LinearExpandedBias() {}

    public static void main(String[] args) throws IOException {
        Path file = Files.createTempFile("bias", ".bin");
        Files.write(file, new byte[4]);
        try (GradMode _ = Torch.noGrad();
                MappedFile mapped = MappedFile.open(file)) {
            Tensor bias = mapped.tensor(0, DType.FLOAT32, Shape.of(1)).expand(1 << 24);
            Tensor y = Functional.linear(Torch.ones(1, 2), Torch.zeros(1 << 24, 2), bias);
            System.out.println("sum " + y.sum().item());
        }
        Files.delete(file);
    }
}
