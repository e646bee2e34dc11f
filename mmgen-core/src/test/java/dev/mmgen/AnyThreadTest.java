package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.io.ModelFolderException;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.torch.Torch;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests from threads of every kind, on one model. */
@ExtendWith(TensorLeakCheck.class)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AnyThreadTest extends SmallModelTest {

    private static final int REQUESTS = 200;
    private static final int STEPS = 2;

    private ImageRequestBuilder request() {
        return mmgen.generate().category(3).steps(STEPS);
    }

    private MultiModalImage draw(int seed) {
        return request().seed(seed).run();
    }

    private List<MultiModalImage> drawOneByOne(int count) {
        return IntStream.range(0, count).mapToObj(this::draw).toList();
    }

    private static <T> T onVirtualThread(Callable<T> work) throws Exception {
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            return virtual.submit(work).get();
        }
    }

    @Test
    void twoHundredVirtualThreadsGetTheImagesOfSerialRequestsFromFewThreads() throws Exception {
        Torch.setThreads(1);
        // The first request has the matrices packed, which frees the plain ones.
        request().run();
        long before = Torch.liveTensors();
        AtomicLong most = new AtomicLong();
        request()
                .onStep(_ -> most.accumulateAndGet(Torch.liveTensors(), Math::max))
                .run();
        long one = most.getAndSet(0) - before;
        List<MultiModalImage> serial = drawOneByOne(REQUESTS);
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        List<Future<MultiModalImage>> drawn = new ArrayList<>();
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < REQUESTS; i++) {
                int seed = i;
                drawn.add(virtual.submit(() -> request()
                        .seed(seed)
                        .onStep(_ -> {
                            used.add(Thread.currentThread());
                            most.accumulateAndGet(Torch.liveTensors(), Math::max);
                        })
                        .run()));
            }
        }
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(drawn.get(i).get()).as("seed %d", i).isEqualTo(serial.get(i));
        }
        int processors = Runtime.getRuntime().availableProcessors();
        assertThat(used)
                .hasSizeBetween(1, processors)
                .allMatch(Thread::isDaemon)
                .allMatch(thread -> !thread.isVirtual() && thread.getName().matches("mmgen-\\d+"));
        // Twice, since one request is seen at the end of its steps only, but the others in their middle, too.
        assertThat(most.get() - before).as("tensors at once").isLessThanOrEqualTo(2 * processors * one);
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void poolsAndParallelStreamsGetTheImagesOfSerialRequests() throws Exception {
        List<MultiModalImage> serial = drawOneByOne(16);
        assertThat(IntStream.range(0, 16).parallel().mapToObj(this::draw).toList())
                .isEqualTo(serial);
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<MultiModalImage>> drawn = IntStream.range(0, 16)
                    .mapToObj(seed -> pool.submit(() -> draw(seed)))
                    .toList();
            for (int i = 0; i < 16; i++) {
                assertThat(drawn.get(i).get()).isEqualTo(serial.get(i));
            }
        }
    }

    @Test
    void aVirtualThreadOpensUsesAndClosesAModel() throws Exception {
        MultiModalImage expected = draw(1);
        assertThat(onVirtualThread(() -> {
                    try (MmGen own = MmGen.open(folder)) {
                        return own.generate().category(3).steps(STEPS).seed(1).run();
                    }
                }))
                .isEqualTo(expected);
        assertThatThrownBy(() -> onVirtualThread(() -> MmGen.open(folder.resolve("missing"))))
                .cause()
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void aFailureComesOutOnTheVirtualThread() {
        assertThatThrownBy(() -> onVirtualThread(() -> request()
                        .onStep(_ -> {
                            throw new UnsupportedOperationException("from the listener");
                        })
                        .run()))
                .cause()
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("from the listener");
    }

    @Test
    void aListenerSeesTheContextClassLoaderOfTheCaller() throws Exception {
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        try (URLClassLoader own = new URLClassLoader(new URL[0])) {
            List<ClassLoader> seen = new ArrayList<>();
            onVirtualThread(() -> {
                Thread.currentThread().setContextClassLoader(own);
                return request()
                        .onStep(_ -> {
                            used.add(Thread.currentThread());
                            seen.add(Thread.currentThread().getContextClassLoader());
                        })
                        .run();
            });
            assertThat(seen).hasSize(STEPS).containsOnly(own);
        }
        assertThat(used).hasSize(1).allMatch(thread -> thread.getContextClassLoader() == null);
    }

    @Test
    void anApplicationThatHasAskedCanBeCollectedWhileTheModelStaysOpen() throws Exception {
        InheritableThreadLocal<ClassLoader> inherited = new InheritableThreadLocal<>();
        WeakReference<ClassLoader> application = askFromApplication(inherited);
        for (int i = 0; i < 200 && application.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .as("the thread of the request is still there")
                .anyMatch(thread -> thread.getName().equals("mmgen-1"));
        assertThat(application.get()).isNull();
    }

    private WeakReference<ClassLoader> askFromApplication(InheritableThreadLocal<ClassLoader> inherited)
            throws Exception {
        ClassLoader application = new URLClassLoader(new URL[0]);
        onVirtualThread(() -> {
            Thread.currentThread().setContextClassLoader(application);
            inherited.set(application);
            request().run();
            request().runAsync().get();
            try (Stream<MultiModalImage> images = request().count(2).batch(1).stream()) {
                return images.findFirst();
            }
        });
        return new WeakReference<>(application);
    }

    @Test
    void anInterruptEndsARequestBetweenTwoStepsAndIsKept() throws Exception {
        for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            AtomicInteger heard = new AtomicInteger();
            CompletableFuture<Thread> asking = new CompletableFuture<>();
            CompletableFuture<Boolean> kept = new CompletableFuture<>();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread caller = kind.start(() -> {
                asking.complete(Thread.currentThread());
                try {
                    request()
                            .steps(10_000)
                            .onStep(_ -> {
                                if (heard.incrementAndGet() == 2) {
                                    asking.join().interrupt();
                                }
                            })
                            .run();
                    thrown.complete(new AssertionError("not cancelled"));
                } catch (RuntimeException e) {
                    thrown.complete(e);
                }
                kept.complete(Thread.currentThread().isInterrupted());
            });
            caller.join();
            assertThat(thrown.get())
                    .isInstanceOf(SamplingCancelledException.class)
                    .hasMessageContaining("after step " + heard.get() + " of 10000");
            assertThat(kept.get()).as("interrupt flag").isTrue();
            // A virtual thread has to wake up before it tells the one that draws.
            assertThat(heard.get()).isBetween(2, caller.isVirtual() ? 9_999 : 2);
        }
    }

    @Test
    void anInterruptedThreadDrawsNothing() throws Exception {
        for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            List<Object> told = new ArrayList<>();
            kind.start(() -> {
                        Thread.currentThread().interrupt();
                        try {
                            told.add(request().onStep(_ -> told.add("step")).run());
                        } catch (SamplingCancelledException e) {
                            told.add(Thread.currentThread().isInterrupted());
                        }
                    })
                    .join();
            assertThat(told).containsExactly(true);
        }
    }

    @Test
    void aFutureHasTheImagesOfTheRequest() throws Exception {
        assertThat(request().seed(4).runAsync().get()).isEqualTo(draw(4));
        List<MultiModalImage> all = request().count(5).batch(2).runAll();
        assertThat(request().count(5).batch(2).runAllAsync().get()).isEqualTo(all);
        assertThatIllegalStateException().isThrownBy(() -> request().count(2).runAsync());
        ImageRequest elsewhere;
        try (MmGen other = MmGen.open(folder)) {
            elsewhere = other.generate()
                    .category(9)
                    .steps(STEPS)
                    .onStep(_ -> {
                        throw new IllegalArgumentException("no step today");
                    })
                    .build();
        }
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> mmgen.runAsync(elsewhere).get())
                .withCauseInstanceOf(IllegalArgumentException.class)
                .withMessageContaining("no step today");
    }

    @Test
    void cancellingAFutureEndsTheRequestBetweenTwoSteps() {
        AtomicInteger heard = new AtomicInteger();
        CompletableFuture<CompletableFuture<MultiModalImage>> itself = new CompletableFuture<>();
        CompletableFuture<MultiModalImage> image = request()
                .steps(100)
                .onStep(_ -> {
                    if (heard.incrementAndGet() == 3) {
                        itself.join().cancel(true);
                    }
                })
                .runAsync();
        itself.complete(image);
        assertThatExceptionOfType(CancellationException.class).isThrownBy(image::get);
        mmgen.close();
        assertThat(heard.get()).isEqualTo(3);
    }

    @Test
    void aFutureThatTimesOutEndsTheRequest() {
        AtomicInteger heard = new AtomicInteger();
        CompletableFuture<MultiModalImage> image = request()
                .steps(10_000)
                .onStep(_ -> heard.incrementAndGet())
                .runAsync()
                .orTimeout(20, TimeUnit.MILLISECONDS);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(image::get)
                .withCauseInstanceOf(TimeoutException.class);
        mmgen.close();
        assertThat(heard.get()).isLessThan(10_000);
    }

    @Test
    void whatFollowsAFutureMayWaitForOtherRequestsAndCloseTheModel() throws Exception {
        int many = 2 * Runtime.getRuntime().availableProcessors();
        List<CompletableFuture<MultiModalImage>> chains = IntStream.range(0, many)
                .mapToObj(seed -> request()
                        .seed(seed)
                        .runAsync()
                        .thenApply(_ -> request().seed(seed + 1).runAsync().join()))
                .toList();
        for (int i = 0; i < many; i++) {
            assertThat(chains.get(i).get()).isEqualTo(draw(i + 1));
        }
        MultiModalImage expected = draw(0);
        CompletableFuture<Void> first = request().runAsync().thenRun(mmgen::close);
        List<CompletableFuture<MultiModalImage>> others =
                IntStream.range(0, many).mapToObj(_ -> request().runAsync()).toList();
        first.get();
        for (CompletableFuture<MultiModalImage> other : others) {
            // Those that came before the end of the first have images, the others are told that the model is closed.
            assertThat(other.handle((image, failure) ->
                                    failure == null ? image.equals(expected) : failure instanceof IllegalStateException)
                            .get())
                    .isTrue();
        }
    }

    @Test
    void closingWaitsForRequestsUnderWayAndInLine() throws Exception {
        int many = 3 * Runtime.getRuntime().availableProcessors();
        MultiModalImage expected = draw(7);
        CompletableFuture<Void> begun = new CompletableFuture<>();
        List<CompletableFuture<MultiModalImage>> images = IntStream.range(0, many)
                .mapToObj(
                        _ -> request().seed(7).onStep(_ -> begun.complete(null)).runAsync())
                .toList();
        begun.get();
        mmgen.close();
        for (CompletableFuture<MultiModalImage> image : images) {
            assertThat(image.get()).isEqualTo(expected);
        }
        assertThatIllegalStateException().isThrownBy(mmgen::generate).withMessageContaining("MmGen is closed");
    }

    @Test
    void aClosedModelSaysSoToEveryKindOfRequest() {
        ImageRequestBuilder request = request();
        mmgen.close();
        String closed = "MmGen is closed";
        assertThatIllegalStateException().isThrownBy(request::run).withMessageContaining(closed);
        assertThatThrownBy(() -> onVirtualThread(request::run)).rootCause().hasMessageContaining(closed);
        assertThatThrownBy(() -> request.runAsync().get()).rootCause().hasMessageContaining(closed);
        assertThatThrownBy(() -> request.runAllAsync().get()).rootCause().hasMessageContaining(closed);
        assertThatIllegalStateException()
                .isThrownBy(() -> request.stream().toList())
                .withMessageContaining(closed);
    }

    @Test
    void anInterruptWhileClosingCancelsTheRequests() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<MultiModalImage> image = request()
                .steps(10_000)
                .onStep(_ -> {
                    heard.incrementAndGet();
                    begun.complete(null);
                })
                .runAsync();
        begun.get();
        List<Boolean> kept = new ArrayList<>();
        Thread closing = Thread.ofVirtual().start(() -> {
            mmgen.close();
            kept.add(Thread.currentThread().isInterrupted());
        });
        closing.interrupt();
        closing.join();
        assertThat(kept).containsExactly(true);
        assertThat(heard.get()).isLessThan(10_000);
        assertThatThrownBy(image::get).isInstanceOf(CancellationException.class);
    }

    @Test
    void aListenerCannotCloseTheModelOfItsRequest() throws Exception {
        for (int kind = 0; kind < 2; kind++) {
            ImageRequestBuilder closing = request().onStep(_ -> mmgen.close());
            assertThatThrownBy(
                            kind == 0 ? closing::run : () -> closing.runAsync().get())
                    .hasStackTraceContaining("cannot be closed by a listener of its own request");
        }
        assertThat(draw(1)).isEqualTo(draw(1));
    }

    @Test
    void aThreadThatCannotStartFailsTheRequestAndClosingEnds() {
        ImagePipeline pipeline = new ImagePipeline(
                mmgen.config(),
                mmgen.model(),
                mmgen.autoencoder(),
                mmgen.config().interpolant());
        RunningRequests requests = new RunningRequests(pipeline, _ -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        ImageRequest request = request().build();
        assertThatThrownBy(() -> onVirtualThread(() -> requests.run(List.of(request))))
                .cause()
                .isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> requests.submit(request, List::getFirst).get())
                .cause()
                .isInstanceOf(OutOfMemoryError.class);
        requests.close();
        assertThatIllegalStateException().isThrownBy(requests::requireOpen);
    }
}
