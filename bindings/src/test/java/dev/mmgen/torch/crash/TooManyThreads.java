package dev.mmgen.torch.crash;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;

/** Thread counts that no system gives, and an operator that would start them. */
final class TooManyThreads {

    private TooManyThreads() {}

    public static void main(String[] args) {
        Tensor x = Torch.ones(1 << 22).to(DType.INT8);
        Tensor y = x.copy();
        for (int count : new int[] {4000, Integer.MAX_VALUE, 0, -1}) {
            try {
                Torch.setThreads(count);
                System.out.println("set " + count);
            } catch (TorchException e) {
                System.out.println(e.getMessage());
            }
            x.copy_(y);
        }
        System.out.println("threads left alone: " + (Torch.threads() <= 1024));
    }
}
