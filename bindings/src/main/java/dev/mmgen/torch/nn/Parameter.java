package dev.mmgen.torch.nn;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.PackedMatrix;
import dev.mmgen.torch.PreparedMatrix;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import org.jspecify.annotations.Nullable;

/**
 * A named weight of a module. It knows its shape from the start and gets its value later, so that building a large module
 * costs nothing.
 */
public final class Parameter {

    /** The form in which a matrix is kept for products without gradients. */
    enum Form {
        /** As the value. */
        PLAIN,
        /** In blocks, instead of the value. */
        PACKED,
        /** In eight bits, beside the value, which they cannot give back. */
        QUANTIZED
    }

    private final Shape shape;
    private final Init init;
    private final boolean frozen;
    private volatile @Nullable Tensor value;

    /**
     * The type that the value is to have, where it does not have it yet; null where it has. A matrix is converted when it is first
     * used, so that opening a model in another type than its file's takes no time, and memory does not hold all of it twice.
     */
    private volatile @Nullable DType promised;

    /** The form that the value may be kept in; see {@link #prepareOnUse}. */
    private volatile Form form = Form.PLAIN;

    private volatile @Nullable PreparedMatrix prepared;

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
        return value != null || prepared != null;
    }

    /**
     * Returns the value. It belongs to the module. A value that was {@linkplain Module#packMatrices packed} or {@linkplain
     * Module#quantizeMatrices quantized} is multiplied plainly from now on.
     *
     * @throws IllegalStateException if there is none yet
     */
    public Tensor value() {
        Tensor current = form == Form.PLAIN && promised == null ? value : plain();
        if (current == null) {
            throw new IllegalStateException("a parameter of shape " + shape
                    + " has no value; load weights into the module or initialise it first");
        }
        return current;
    }

    /**
     * Returns the numbers of the value, to be read alone: in its memory where it is plain, else in a copy. Unlike {@link #value}, it leaves the
     * form in which the matrix is multiplied as it is.
     *
     * @throws IllegalStateException if there is no value yet
     */
    public synchronized Tensor read() {
        Tensor current = value;
        if (current == null) {
            return prepared instanceof PackedMatrix blocks ? blocks.unpack() : value();
        }
        DType type = promised;
        try (GradMode _ = Torch.noGrad()) {
            return type == null ? current.detach() : current.to(type);
        }
    }

    /**
     * Takes the value of another parameter, and its form: the two share their memory until either gets another value. For a parameter that
     * has no value yet.
     *
     * @throws IllegalArgumentException if the other's shape is another
     */
    public void share(Parameter other) {
        if (!other.shape.equals(shape)) {
            throw new IllegalArgumentException(
                    "a parameter of shape " + shape + " cannot share the value of one of shape " + other.shape);
        }
        synchronized (other) {
            Tensor theirs = other.value;
            value = theirs == null ? null : theirs.detach().unscoped();
            promised = other.promised;
            prepared = other.prepared;
            form = other.form;
        }
    }

    /** Has the value brought into a form when it is first multiplied without gradients. */
    synchronized void prepareOnUse(Form wanted) {
        if (form != wanted) {
            unprepare();
            form = wanted;
        }
    }

    boolean isQuantized() {
        return form == Form.QUANTIZED;
    }

    /**
     * Returns the value in its form; null if it is to stay plain.
     *
     * @param rows of the inputs to come, about
     */
    @Nullable
    PreparedMatrix prepared(long rows) {
        if (form == Form.PLAIN) {
            return null;
        }
        PreparedMatrix current = prepared;
        return current == null ? prepare(rows) : current;
    }

    private synchronized @Nullable PreparedMatrix prepare(long rows) {
        Tensor current = value;
        if (form == Form.PLAIN || prepared != null || current == null) {
            return prepared;
        }
        if (form == Form.QUANTIZED && QuantizedMatrix.canQuantize(current) && !current.requiresGrad()) {
            // Of the bits in the file: what is mapped of it leaves memory again, where a converted copy would stay.
            prepared = QuantizedMatrix.of(current);
            return prepared;
        }
        current = converted(current);
        PackedMatrix blocks = current.requiresGrad() || !PackedMatrix.canPack(current) ? null : packed(current, rows);
        if (blocks == null) {
            form = Form.PLAIN;
        } else {
            prepared = blocks;
            value = null;
            current.close();
        }
        return prepared;
    }

    private static @Nullable PackedMatrix packed(Tensor matrix, long rows) {
        try {
            return PackedMatrix.of(matrix, rows);
        } catch (TorchException noBlocks) {
            // Not every processor has them in bfloat16.
            return null;
        }
    }

    /** Gives the value the type that it is to have. */
    private Tensor converted(Tensor current) {
        DType type = promised;
        if (type == null) {
            return current;
        }
        try (current;
                GradMode _ = Torch.noGrad()) {
            Tensor fresh = current.to(type).unscoped();
            value = fresh;
            promised = null;
            return fresh;
        }
    }

    private synchronized @Nullable Tensor plain() {
        unprepare();
        Tensor current = value;
        return current == null ? null : converted(current);
    }

    private void unprepare() {
        if (prepared instanceof PackedMatrix blocks) {
            value = blocks.unpack().unscoped();
        }
        prepared = null;
        form = Form.PLAIN;
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
        prepared = null;
        promised = null;
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

    synchronized void to(Device device, DType dtype) {
        Tensor current = form == Form.PLAIN && (promised == null || promised == dtype) ? value : plain();
        if (current == null || (current.device().equals(device) && current.dtype() == dtype)) {
            return;
        }
        boolean trained = current.requiresGrad();
        if (!trained && current.device().equals(device) && PackedMatrix.canPack(current)) {
            promised = dtype;
            return;
        }
        try (Tensor plain = current.detach()) {
            set(plain.to(device, dtype));
        }
        value().requiresGrad(trained);
    }

    synchronized void close() {
        Tensor current = value;
        value = null;
        prepared = null;
        promised = null;
        if (current != null) {
            current.close();
        }
    }
}
