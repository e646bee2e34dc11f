package dev.mmgen.torch.crash;

import dev.mmgen.torch.Operator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Correct calls with lists of more than 4 KB, while the garbage collector runs all the time. */
final class BigArguments {

    private BigArguments() {}

    public static void main(String[] args) {
        Thread.ofPlatform().daemon().start(BigArguments::litter);
        Operator cat = Operator.of("aten::cat(Tensor[] tensors, int dim=0) -> Tensor");
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            parts.add(Torch.ones(1));
        }
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        int calls = 0;
        // On a busy machine three seconds may hold one call only.
        while (System.nanoTime() < end || calls <= 10) {
            try (TensorScope _ = TensorScope.open()) {
                if (cat.call(parts, 0L).sum().item() != 3000) {
                    throw new AssertionError("wrong sum");
                }
                calls++;
            }
        }
        System.out.println("many calls");
    }

    private static void litter() {
        byte[][] kept = new byte[64][];
        for (int i = 0; ; i++) {
            kept[i & 63] = new byte[100_000];
            if ((i & 255) == 0) {
                System.gc();
            }
        }
    }
}
