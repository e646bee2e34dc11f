package dev.mmgen.torch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A native object that can be freed once and used only before that.
 *
 * <p>A handle is confined to the thread in whose {@link TensorScope} it was born, until that thread takes it out of all
 * scopes; from then on, or without a scope from the start, it is shared. Every call into libtorch acquires the handles it
 * passes. Confined handles cost two comparisons for that; shared ones count the running calls, so that closing one in the
 * middle of another thread's call frees it after that call.
 *
 * <p>No interleaving lets a thread use what another one frees: the owner is final, so a thread that came by the object without
 * synchronisation sees it, and a handle goes from confined to shared once, in one atomic step, never back.
 */
final class Handle {

    private static final int CLOSED = Integer.MIN_VALUE;
    private static final int SHARED = 1 << 30;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Handle.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final String kind;
    private final long address;
    private final LongConsumer free;

    /** The thread that alone may use this until {@link #SHARED} is set; null if it was shared from the start. */
    private final @Nullable Thread owner;

    /** {@link #CLOSED}, {@link #SHARED} and, if shared, the number of running calls. */
    private volatile int state;

    /** The scope that will free this handle, and its place there. Only the owner reads them. */
    private @Nullable TensorScope scope;

    private int place;

    /**
     * Takes over a native object that belongs to no scope: any thread may use it.
     *
     * @param kind    what messages call it, for example "tensor"
     * @param address what the C layer calls it; never 0
     * @param free    gives it back
     */
    Handle(String kind, long address, LongConsumer free) {
        this(kind, address, free, null);
    }

    /**
     * Takes over a native object that a scope is about to take in.
     *
     * @param owner the scope's thread; null if there is no scope
     */
    Handle(String kind, long address, LongConsumer free, @Nullable Thread owner) {
        this.kind = kind;
        this.address = address;
        this.free = free;
        this.owner = owner;
    }

    long address() {
        return address;
    }

    /**
     * Begins a use.
     *
     * @return true if it is counted, so that {@link #release} must follow
     */
    boolean acquire() {
        int now = state;
        if (isConfined(now)) {
            requireOwner();
            if (now < 0) {
                throw closed();
            }
            return false;
        }
        while (true) {
            if (now < 0) {
                throw closed();
            }
            if (STATE.compareAndSet(this, now, now + 1)) {
                return true;
            }
            now = state;
        }
    }

    /** Ends a use that was counted. */
    void release() {
        int before = (int) STATE.getAndAdd(this, -1);
        if (before < 0 && (before & ~(CLOSED | SHARED)) == 1) {
            free.accept(address);
        }
    }

    /** Frees the object, now or when the last running call returns. Returns false if that was done before. */
    boolean close() {
        int now = state;
        if (isConfined(now)) {
            if (now < 0) {
                return false;
            }
            requireOwner();
            TensorScope home = scope;
            if (home != null) {
                home.forget(this);
            }
            state = CLOSED;
            free.accept(address);
            return true;
        }
        do {
            now = state;
            if (now < 0) {
                return false;
            }
        } while (!STATE.compareAndSet(this, now, now | CLOSED));
        if ((now & ~SHARED) == 0) {
            free.accept(address);
        }
        return true;
    }

    /** Frees a confined object on behalf of its scope, which forgets it in the same breath. */
    void closeWithScope() {
        scope = null;
        state = CLOSED;
        free.accept(address);
    }

    /**
     * Takes the object out of all scopes.
     *
     * @return false if it was in none
     * @throws IllegalStateException on another thread than the owner, or if it is closed
     */
    boolean share() {
        int now = state;
        if (!isConfined(now)) {
            return false;
        }
        requireOwner();
        if (now < 0) {
            throw closed();
        }
        TensorScope home = scope;
        if (home != null) {
            home.forget(this);
        }
        state = SHARED;
        return true;
    }

    boolean isClosed() {
        return state < 0;
    }

    /** The scope that will free this, asked for on the owner's thread; null for a shared handle. */
    @Nullable
    TensorScope scope() {
        if (!isConfined(state)) {
            return null;
        }
        requireOwner();
        return scope;
    }

    /** Returns true if another thread alone may use this. */
    boolean isOfOtherThread() {
        return isConfined(state) && owner != Thread.currentThread();
    }

    int place() {
        return place;
    }

    void moveTo(@Nullable TensorScope newScope, int newPlace) {
        scope = newScope;
        place = newPlace;
    }

    private boolean isConfined(int state) {
        return owner != null && (state & SHARED) == 0;
    }

    private void requireOwner() {
        Thread confinedTo = owner;
        if (confinedTo != null && confinedTo != Thread.currentThread()) {
            throw new IllegalStateException("this " + kind + " belongs to a TensorScope of thread '"
                    + confinedTo.getName() + "' and was used on '"
                    + Thread.currentThread().getName()
                    + "'; keep() it out of all scopes before handing it to another thread");
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException(
                "this " + kind + " is closed; if a TensorScope freed it, keep() it before the scope ends");
    }
}
