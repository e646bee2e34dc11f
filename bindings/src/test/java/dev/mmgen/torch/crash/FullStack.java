package dev.mmgen.torch.crash;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/** Recursions that end in a StackOverflowError inside a call, a scope or a mode; the thread goes on working. */
final class FullStack {

    private FullStack() {}

    public static void main(String[] args) throws InterruptedException {
        for (long stack : new long[] {400_000, 1_000_000}) {
            Thread thread = new Thread(null, FullStack::attack, "recursion", stack);
            thread.start();
            thread.join();
        }
    }

    private static void attack() {
        long live = Torch.liveTensors();
        try (Tensor x = Torch.ones(8, 8)) {
            overflowOften(x);
        }
        System.out.println("left over: " + (Torch.liveTensors() - live));
    }

    private static void overflowOften(Tensor x) {
        for (int round = 0; round < 3; round++) {
            overflow(() -> nestScopes(x));
            overflow(() -> use(x));
            overflow(() -> useAtTheBottom(x));
            try (TensorScope _ = TensorScope.open()) {
                System.out.println(x.add(1).sum().item() + ", requires gradients: "
                        + x.detach().requiresGrad(true).mul(x).requiresGrad());
            }
        }
    }

    private static void overflow(Runnable recursion) {
        try {
            recursion.run();
            throw new AssertionError("the recursion ended");
        } catch (StackOverflowError expected) {
            // The caller goes on.
        }
    }

    private static void nestScopes(Tensor x) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            nestScopes(x.add(1));
        }
    }

    private static void use(Tensor x) {
        x.mul(x).close();
        use(x);
    }

    /** The first use of some operators, where the least stack is left. */
    private static void useAtTheBottom(Tensor x) {
        try {
            useAtTheBottom(x);
        } catch (StackOverflowError e) {
            Functional.linear(x, x, null).close();
            x.softmax(0).close();
            throw e;
        }
    }
}
