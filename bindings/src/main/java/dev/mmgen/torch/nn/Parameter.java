package dev.mmgen.torch.nn;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.PackedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import org.jspecify.annotations.Nullable;

/**
 * A named weight of a module. It knows its shape from the start and gets its value later, so that building a large module
 * costs nothing.
 */
public final class Parameter {

    private final Shape shape;
    private final Init init;
    private final boolean frozen;
    private volatile @Nullable Tensor value;

    /** True while the value may be kept packed; see {@link #packOnUse}. */
    private volatile boolean packing;

    private volatile @Nullable PackedMatrix packed;

    Parameter(Shape shape, Init init, boolean frozen) {
        this.shape = shape;
        this.init = init;
        this.frozen = frozen;
    }

    /** Returns the shape that every value must have. */
    public Shape shape() {
        return shape;
    }

    /** Returns true if this is a constant that is stored with the weights but never trained. */
    public boolean isFrozen() {
        return frozen;
    }

    /** Returns true once the parameter has a value. */
    public boolean isSet() {
        return value != null || packed != null;
    }

    /**
     * Returns the value. It belongs to the module. A value that was {@linkplain Module#packMatrices packed} is laid out plainly again,
     * and stays so.
     *
     * @throws IllegalStateException if there is none yet
     */
    public Tensor value() {
        Tensor current = packing ? unpacked() : value;
        if (current == null) {
            throw new IllegalStateException("a parameter of shape " + shape
                    + " has no value; load weights into the module or initialise it first");
        }
        return current;
    }

    /** Has the value packed when it is first multiplied without gradients. */
    void packOnUse() {
        packing = true;
    }

    /**
     * Returns the packed value; null if it is to stay plain.
     *
     * @param rows of the inputs to come, about
     */
    @Nullable
    PackedMatrix packed(long rows) {
        if (!packing) {
            return null;
        }
        PackedMatrix current = packed;
        return current == null ? pack(rows) : current;
    }

    private synchronized @Nullable PackedMatrix pack(long rows) {
        Tensor plain = value;
        if (!packing || packed != null || plain == null) {
            return packed;
        }
        if (plain.requiresGrad() || !PackedMatrix.canPack(plain)) {
            packing = false;
            return null;
        }
        packed = PackedMatrix.of(plain, rows);
        value = null;
        plain.close();
        return packed;
    }

    private synchronized @Nullable Tensor unpacked() {
        PackedMatrix blocks = packed;
        if (blocks != null) {
            value = blocks.unpack().unscoped();
            packed = null;
        }
        packing = false;
        return value;
    }

    /**
     * Replaces the value and closes the old one.
     *
     * @param newValue taken over; it leaves all scopes
     * @throws IllegalArgumentException if its shape is another
     */
    public synchronized void set(Tensor newValue) {
        if (!newValue.shape().equals(shape)) {
            throw new IllegalArgumentException(
                    "a value of shape " + newValue.shape() + " for a parameter of shape " + shape);
        }
        Tensor old = value;
        packed = null;
        value = rowMajor(newValue).unscoped();
        if (old != null && old != newValue) {
            old.close();
        }
    }

    /**
     * Weights of a file may have any strides, and kernels behind libtorch's operators read some of them past their end or
     * in another order: parameters are row-major.
     */
    private static Tensor rowMajor(Tensor given) {
        if (given.isContiguous()) {
            return given;
        }
        boolean trained = given.requiresGrad();
        try (given;
                Tensor plain = given.detach()) {
            Tensor copy = plain.contiguous();
            return trained ? copy.requiresGrad(true) : copy;
        }
    }

    /** Gives the parameter a fresh random value. */
    void initialize(Generator generator) {
        Tensor fresh = Torch.empty(DType.FLOAT32, Device.CPU, shape);
        try {
            init.fill(fresh, generator);
        } catch (Throwable e) {
            fresh.close();
            throw e;
        }
        set(fresh);
    }

    void to(Device device, DType dtype) {
        Tensor current = packing ? unpacked() : value;
        if (current != null && !(current.device().equals(device) && current.dtype() == dtype)) {
            boolean trained = current.requiresGrad();
            try (Tensor plain = current.detach()) {
                set(plain.to(device, dtype));
            }
            value().requiresGrad(trained);
        }
    }

    synchronized void close() {
        Tensor current = value;
        value = null;
        packed = null;
        if (current != null) {
            current.close();
        }
    }
}
