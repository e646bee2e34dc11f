package dev.mmgen.torch.crash;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/** A thread that takes a tensor out of another thread's scope, while that scope frees it. */
final class ForeignUnscoped {

    private ForeignUnscoped() {}

    public static void main(String[] args) throws InterruptedException {
        int refused = 0;
        for (int round = 0; round < 20; round++) {
            TensorScope scope = TensorScope.open();
            Tensor first = Torch.ones(2);
            // The scope's last tensor, 16 MB: its pages go back to the system when it is freed.
            Tensor last = Torch.ones(2000, 2000);
            Throwable[] seen = new Throwable[1];
            Thread thief = new Thread(() -> {
                try {
                    first.unscoped();
                    for (int i = 0; i < 20; i++) {
                        last.fill_(i);
                    }
                } catch (IllegalStateException e) {
                    seen[0] = e;
                }
            });
            thief.start();
            last.add(1);
            scope.close();
            thief.join();
            refused += seen[0] == null ? 0 : 1;
        }
        System.out.println("refused " + refused);
    }
}
