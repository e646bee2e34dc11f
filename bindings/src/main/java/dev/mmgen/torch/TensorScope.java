package dev.mmgen.torch;

import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An owner of the tensors that are born while it is open: closing it frees them, save those that were {@linkplain #keep kept}.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="scope"}
 *
 * <p>Scopes belong to the thread that opened them and nest; they close in the reverse order of opening. A tensor in a scope
 * can be used by that thread only. A kept tensor moves to the enclosing scope, or out of all scopes, where any thread may
 * use it and its owner closes it. A scope that is never closed is emptied after the garbage collector has found it.
 */
public final class TensorScope implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Thread owner = Thread.currentThread();
    private final @Nullable TensorScope parent;
    private final Content content = new Content();
    private final Cleaner.Cleanable cleanable;
    private boolean open = true;

    /** The handles in the scope, apart from the scope so that the cleaner can reach them when the scope is gone. */
    private static final class Content implements Runnable {
        @Nullable
        Handle[] handles = new @Nullable Handle[16];

        int size;

        @Override
        public void run() {
            while (size > 0) {
                Handle last = at(--size);
                handles[size] = null;
                last.closeWithScope();
            }
        }

        Handle at(int place) {
            return Objects.requireNonNull(handles[place]);
        }
    }

    private TensorScope(@Nullable TensorScope parent) {
        this.parent = parent;
        this.cleanable = CLEANER.register(this, content);
    }

    /** Opens a scope on the current thread. */
    public static TensorScope open() {
        return Call.openScope();
    }

    static TensorScope inside(@Nullable TensorScope parent) {
        return new TensorScope(parent);
    }

    /**
     * Runs a computation in a scope of its own and keeps its result.
     *
     * @return the result, which belongs to the enclosing scope or, without one, to the caller
     */
    public static Tensor keeping(Supplier<Tensor> computation) {
        try (TensorScope scope = open()) {
            return scope.keep(computation.get());
        }
    }

    /**
     * Saves a tensor from this scope's end: it moves to the enclosing scope, or out of all scopes.
     * A tensor of an enclosing scope, or of none, stays where it is.
     *
     * @return the same tensor
     */
    public Tensor keep(Tensor tensor) {
        requireUsable();
        Handle handle = tensor.handle();
        TensorScope home = handle.scope();
        if (home != null && isOrEncloses(home)) {
            if (parent == null) {
                return tensor.unscoped();
            }
            home.forget(handle);
            parent.add(handle);
        }
        return tensor;
    }

    private boolean isOrEncloses(TensorScope other) {
        for (TensorScope scope = other; scope != null; scope = scope.parent) {
            if (scope == this) {
                return true;
            }
        }
        return false;
    }

    /** Returns the number of tensors that this scope will free. */
    public int size() {
        return content.size;
    }

    /**
     * Frees what this scope holds. Closing twice has no effect.
     *
     * @throws IllegalStateException if scopes that were opened inside this one are still open: a mistake, or what a
     *     {@link StackOverflowError} leaves behind. They are closed with it, and all that they hold is freed
     */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        requireUsable();
        boolean inOrder = true;
        TensorScope innermost = Call.leaveScope(parent);
        while (innermost != null && innermost != this) {
            inOrder = false;
            innermost.end();
            innermost = innermost.parent;
        }
        end();
        if (!inOrder) {
            throw new IllegalStateException(
                    "TensorScopes that were opened inside this one were still open and have been"
                            + " closed with it; close them first");
        }
    }

    /**
     * Closes the scopes of this thread that were opened inside another and are still open.
     *
     * @param outer null for all scopes
     * @return false if the other is no longer open, in which case nothing is closed
     */
    static boolean closeInside(@Nullable TensorScope outer) {
        if (outer != null && !outer.open) {
            return false;
        }
        TensorScope inner = Call.leaveScope(outer);
        while (inner != null && inner != outer) {
            inner.end();
            inner = inner.parent;
        }
        return true;
    }

    private void end() {
        open = false;
        cleanable.clean();
    }

    Thread owner() {
        return owner;
    }

    void add(Handle handle) {
        if (content.size == content.handles.length) {
            content.handles = Arrays.copyOf(content.handles, content.size * 2);
        }
        handle.moveTo(this, content.size);
        content.handles[content.size++] = handle;
    }

    /** Takes a handle out; the last one fills the gap, so that closing tensors early keeps a long-lived scope small. */
    void forget(Handle handle) {
        int last = --content.size;
        Handle moved = content.at(last);
        content.handles[handle.place()] = moved;
        moved.moveTo(this, handle.place());
        content.handles[last] = null;
        handle.moveTo(null, 0);
    }

    private void requireUsable() {
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException(
                    "this TensorScope was opened by thread '" + owner.getName() + "'; only that thread can use it");
        }
        if (!open) {
            throw new IllegalStateException("this TensorScope is closed");
        }
    }
}
