package dev.mmgen.torch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A native object that can be freed once and used only before that.
 *
 * <p>A handle is either confined to a thread (what is born in a {@link TensorScope}) or shared. Every call into libtorch
 * acquires the handles it passes and releases them when it returns. Confined handles cost two comparisons for that; shared
 * ones count the running calls, so that closing one in the middle of another thread's call frees it after that call.
 */
final class Handle {

    private static final int CLOSED = Integer.MIN_VALUE;
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
    private @Nullable Thread owner;
    private volatile int state;

    /** The scope that will free this handle, and its place there. */
    private @Nullable TensorScope scope;

    private int place;

    /**
     * Takes over a native object. It is shared until a scope takes it in.
     *
     * @param kind    what messages call it, for example "tensor"
     * @param address what the shim calls it; never 0
     * @param free    gives it back
     */
    Handle(String kind, long address, LongConsumer free) {
        this.kind = kind;
        this.address = address;
        this.free = free;
    }

    /** Begins a use and returns the address; {@link #release} must follow. */
    long acquire() {
        Thread confinedTo = owner;
        if (confinedTo == null) {
            int uses;
            do {
                uses = state;
                if (uses < 0) {
                    throw closed();
                }
            } while (!STATE.compareAndSet(this, uses, uses + 1));
        } else {
            requireOwner(confinedTo);
            if (state < 0) {
                throw closed();
            }
        }
        return address;
    }

    void release() {
        if (owner == null) {
            int before = (int) STATE.getAndAdd(this, -1);
            if (before == CLOSED + 1) {
                free.accept(address);
            }
        }
    }

    /** Frees the object, now or when the last running call returns. Returns false if that was done before. */
    boolean close() {
        Thread confinedTo = owner;
        if (confinedTo != null) {
            if (state < 0) {
                return false;
            }
            requireOwner(confinedTo);
            TensorScope home = scope;
            if (home != null) {
                home.forget(this);
            }
            state = CLOSED;
            free.accept(address);
            return true;
        }
        int uses;
        do {
            uses = state;
            if (uses < 0) {
                return false;
            }
        } while (!STATE.compareAndSet(this, uses, uses + CLOSED));
        if (uses == 0) {
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

    boolean isClosed() {
        return state < 0;
    }

    @Nullable
    TensorScope scope() {
        return scope;
    }

    int place() {
        return place;
    }

    void moveTo(TensorScope newScope, int newPlace) {
        scope = newScope;
        place = newPlace;
        owner = Thread.currentThread();
    }

    void leaveScopes() {
        scope = null;
        owner = null;
    }

    private void requireOwner(Thread owner) {
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException("this " + kind + " belongs to a TensorScope of thread '" + owner.getName()
                    + "' and was used on '" + Thread.currentThread().getName()
                    + "'; keep() it out of all scopes before handing it to another thread");
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException(
                "this " + kind + " is closed; if a TensorScope freed it, keep() it before the scope ends");
    }
}
