package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TensorScopeTest {

    @Test
    void aScopeFreesWhatWasBornInIt() {
        long before = Torch.liveTensors();
        Tensor escaped;
        try (TensorScope scope = TensorScope.open()) {
            escaped = Torch.ones(3).add(1).mul(2);
            assertThat(scope.size()).isEqualTo(3);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
        assertThat(escaped.isClosed()).isTrue();
        assertThat(escaped).hasToString("Tensor(closed)");
        assertThatThrownBy(escaped::toFloats)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aKeptTensorMovesOutwards() {
        long before = Torch.liveTensors();
        Tensor kept;
        try (TensorScope outer = TensorScope.open()) {
            Tensor middle = TensorScope.keeping(() -> Torch.ones(2).add(1));
            assertThat(outer.size()).isEqualTo(1);
            try (TensorScope _ = TensorScope.open()) {
                // The outer scope takes it past the inner one and past itself.
                kept = outer.keep(middle.mul(5));
            }
            assertThat(middle.isClosed()).isFalse();
        }
        assertThat(Torch.liveTensors()).isEqualTo(before + 1);
        assertThat(kept.toFloats()).containsExactly(10, 10);
        kept.close();
        kept.close();
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void closingEarlyKeepsAScopeSmall() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = Torch.ones(2);
            List<Tensor> some = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                Tensor y = x.add(i);
                if (i % 100 == 0) {
                    some.add(y);
                } else {
                    y.close();
                }
            }
            assertThat(scope.size()).isEqualTo(11);
            assertThat(some.get(7).toFloats()).containsExactly(701, 701);
        }
    }

    @Test
    void scopesCloseInOrder() {
        try (TensorScope outer = TensorScope.open()) {
            TensorScope inner = TensorScope.open();
            Tensor born = Torch.ones(1);
            assertThatThrownBy(outer::close).hasMessageContaining("opened inside this one");
            // What was open inside is closed all the same: a StackOverflowError may have kept it from closing itself.
            assertThat(born.isClosed()).isTrue();
            inner.close();
            inner.close();
            try (TensorScope next = TensorScope.open()) {
                Torch.ones(1);
                assertThat(next.size()).isEqualTo(1);
            }
        }
    }

    @Test
    void noWayOutOfAScopeLeadsToAnotherThread() throws InterruptedException {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2);
            assertThat(onAnotherThread(x::unscoped)).hasMessageContaining("belongs to a TensorScope of thread");
            assertThat(onAnotherThread(() -> {
                        try (TensorScope own = TensorScope.open()) {
                            own.keep(x);
                        }
                    }))
                    .hasMessageContaining("belongs to a TensorScope of thread");
            assertThat(x.toFloats()).containsExactly(1, 1);
            x.close();
            assertThatThrownBy(x::unscoped).hasMessageContaining("is closed");
        }
    }

    @Test
    void aScopedTensorBelongsToItsThread() throws InterruptedException {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = Torch.ones(2);
            assertThat(onAnotherThread(() -> x.add(1))).hasMessageContaining("belongs to a TensorScope of thread");
            assertThat(onAnotherThread(x::close)).hasMessageContaining("keep() it");
            assertThat(onAnotherThread(scope::size)).isNull();
            assertThat(onAnotherThread(() -> scope.keep(x))).hasMessageContaining("only that thread");
            assertThat(onAnotherThread(scope::close)).hasMessageContaining("only that thread");
            assertThat(x.toFloats()).containsExactly(1, 1);
        }
    }

    @Test
    void aVirtualThreadIsRefused() throws InterruptedException {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread.ofVirtual()
                .start(() -> {
                    try (Tensor _ = Torch.ones(1)) {
                        seen.set(null);
                    } catch (IllegalStateException e) {
                        seen.set(e);
                    }
                })
                .join();
        assertThat(seen.get()).hasMessageContaining("platform thread");
    }

    @Test
    void sharedTensorsMayBeClosedWhileOthersUseThem() throws Exception {
        long before = Torch.liveTensors();
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 200; round++) {
                Tensor shared = Torch.ones(64);
                List<Future<?>> users = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    users.add(pool.submit(() -> {
                        for (int j = 0; j < 50; j++) {
                            shared.add(1).close();
                        }
                    }));
                }
                shared.close();
                for (Future<?> user : users) {
                    try {
                        user.get();
                    } catch (ExecutionException e) {
                        assertThat(e).hasRootCauseInstanceOf(IllegalStateException.class);
                    }
                }
            }
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void whatIsForgottenIsFreedByTheCollector() {
        long before = Torch.liveTensors();
        forgetSome();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (Torch.liveTensors() > before && System.nanoTime() < deadline) {
            System.gc();
            Thread.onSpinWait();
        }
        assertThat(Torch.liveTensors()).isLessThanOrEqualTo(before);
    }

    private static void forgetSome() {
        for (int i = 0; i < 100; i++) {
            Torch.ones(10);
        }
    }

    @Test
    void gradModeBelongsToItsThread() throws InterruptedException {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor w = Torch.ones(2).requiresGrad(true);
            assertThat(w.mul(2).requiresGrad()).isFalse();
            try (GradMode _ = Torch.enableGrad()) {
                assertThat(w.mul(2).requiresGrad()).isTrue();
            }
            assertThat(w.mul(2).requiresGrad()).isFalse();
        }
        assertThatCode(() -> {
                    try (TensorScope _ = TensorScope.open()) {
                        assertThat(Torch.ones(2).requiresGrad(true).mul(2).requiresGrad())
                                .isTrue();
                    }
                })
                .doesNotThrowAnyException();
    }

    private static Throwable onAnotherThread(Runnable action) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        thread.join();
        return thrown.get();
    }
}
