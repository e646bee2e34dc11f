package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class WarningsTest {

    private static final class Kept extends Handler {
        final List<String> messages = new ArrayList<>();

        @Override
        public void publish(LogRecord event) {
            messages.add(event.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** libtorch warns when it has to give an `out` another size. */
    private static void warn(long size) {
        Operator product =
                Operator.unchecked("aten::mul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)");
        try (TensorScope _ = TensorScope.open()) {
            product.callAll(Torch.ones(size), Torch.ones(size), Torch.ones(2));
        }
    }

    @Test
    void eachGoesToTheLogOnceFromAnyThread() throws InterruptedException {
        Logger logger = Logger.getLogger(Torch.class.getName());
        Kept kept = new Kept();
        logger.addHandler(kept);
        logger.setUseParentHandlers(false);
        try {
            warn(17);
            warn(17);
            Thread other = Thread.ofPlatform().start(() -> warn(19));
            other.join();
        } finally {
            logger.setUseParentHandlers(true);
            logger.removeHandler(kept);
        }
        assertThat(kept.messages)
                .hasSize(2)
                .allSatisfy(message ->
                        assertThat(message).startsWith("libtorch: An output with one or more elements was resized"));
        assertThat(kept.messages.getFirst()).contains("[17]");
        assertThat(kept.messages.getLast()).contains("[19]");
    }
}
