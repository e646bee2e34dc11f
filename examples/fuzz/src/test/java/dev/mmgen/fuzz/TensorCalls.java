package dev.mmgen.fuzz;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Reduction;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of calls of the public API of tensors: random operators on random tensors, with results fed to the calls that
 * follow, in scopes and without, on one thread or two at a time.
 */
final class TensorCalls implements Target {

    private static final int CALLS = 40;
    private static final int POOL = 12;
    private static final int LARGEST = 4096;

    private final List<TensorCall> calls = TensorCall.all();
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** The tensors of one sequence, shared by its threads. */
    private static final class Pool implements AutoCloseable {

        private final List<Tensor> tensors = Collections.synchronizedList(new ArrayList<>());
        private final List<Tensor> all = Collections.synchronizedList(new ArrayList<>());

        void add(Tensor tensor, RandomGenerator random) {
            all.add(tensor);
            try {
                if (tensor.elements() > LARGEST) {
                    tensor.close();
                    return;
                }
            } catch (IllegalStateException _) {
                return;
            }
            synchronized (tensors) {
                if (tensors.size() < POOL) {
                    tensors.add(tensor);
                } else {
                    tensors.set(random.nextInt(POOL), tensor);
                }
            }
        }

        Tensor pick(RandomGenerator random) {
            synchronized (tensors) {
                return tensors.get(random.nextInt(tensors.size()));
            }
        }

        @Override
        public void close() {
            all.forEach(Tensor::close);
        }
    }

    @Override
    public Input draw(RandomGenerator random) {
        return new CallSequence(random.nextLong(), this::run);
    }

    @Override
    public Input of(byte[] file) {
        return CallSequence.of(file, this::run);
    }

    private void run(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        boolean threads = random.nextInt(40) == 0;
        try (Pool pool = new Pool();
                Generator generator = Generator.seeded(random.nextLong())) {
            if (threads) {
                runOnTwoThreads(pool, generator, random);
            } else if (random.nextInt(10) == 0) {
                run(pool, generator, random, CALLS);
            } else {
                try (TensorScope _ = TensorScope.open()) {
                    run(pool, generator, random, CALLS);
                }
            }
        }
    }

    private void runOnTwoThreads(Pool pool, Generator generator, SplittableRandom random) throws Exception {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        SplittableRandom theirs = random.split();
        fill(pool, random);
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                run(pool, generator, theirs, CALLS / 2);
            } catch (Throwable e) {
                failures.add(e);
            }
        });
        try (TensorScope scope = TensorScope.open()) {
            run(pool, generator, random, CALLS / 2);
            scope.size();
        } finally {
            other.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("on the second thread", failures.getFirst());
        }
    }

    private void run(Pool pool, Generator generator, RandomGenerator random, int count) throws Exception {
        fill(pool, random);
        List<AutoCloseable> modes = new ArrayList<>();
        TensorArguments arguments = new TensorArguments(random, generator, pool::pick);
        try {
            for (int i = 0; i < count; i++) {
                TensorCall call = calls.get(random.nextInt(calls.size()));
                made.incrementAndGet();
                try {
                    take(call.make(arguments), pool, modes, random);
                } catch (TorchException | IllegalArgumentException | IllegalStateException _) {
                    refused.incrementAndGet();
                } catch (Throwable e) {
                    throw new AssertionError(call + " with " + arguments.lastDrawn(), e);
                }
            }
        } finally {
            for (AutoCloseable mode : modes.reversed()) {
                mode.close();
            }
        }
    }

    private static void take(@Nullable Object result, Pool pool, List<AutoCloseable> modes, RandomGenerator random) {
        switch (result) {
            case Tensor tensor -> pool.add(tensor, random);
            case List<?> list -> list.forEach(item -> take(item, pool, modes, random));
            case Reduction.Extremes extremes -> {
                pool.add(extremes.values(), random);
                pool.add(extremes.indices(), random);
            }
            case AutoCloseable mode -> modes.add(mode);
            case null, default -> {}
        }
    }

    private static void fill(Pool pool, RandomGenerator random) {
        for (int i = 0; i < 4; i++) {
            pool.add(TensorArguments.tensor(random), random);
        }
    }

    @Override
    public boolean isHelpful(Throwable failure) {
        return false;
    }

    @Override
    public void close() {
        System.out.printf(
                Locale.ROOT,
                "%,d calls, of which %,d were refused; %d tensors left%n",
                made.get(),
                refused.get(),
                Torch.liveTensors());
    }
}
