package dev.mmgen.studio.job;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The changes of something that one thread drives and others look at and wait for: a lock, and a number that grows with each. */
public final class Changes {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long version;

    /** Makes a change if a condition holds, and wakes who waits. */
    public void makeIf(BooleanSupplier condition, Runnable change) {
        lock.lock();
        try {
            if (condition.getAsBoolean()) {
                change.run();
                version++;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Reads while nothing changes. */
    public <T extends @Nullable Object> T look(Supplier<T> reader) {
        lock.lock();
        try {
            return reader.get();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of changes, within a {@link #look} or a change. */
    public long version() {
        return version;
    }

    /** Waits for a change since a version, for the end, or for a while. */
    public void await(long since, Duration longest, BooleanSupplier ended) throws InterruptedException {
        lock.lock();
        try {
            long left = longest.toNanos();
            while (version == since && !ended.getAsBoolean() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
