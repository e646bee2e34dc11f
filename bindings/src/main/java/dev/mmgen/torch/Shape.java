package dev.mmgen.torch;

import java.util.Arrays;

/**
 * The sizes of a tensor's dimensions, outermost first. Immutable.
 */
public final class Shape {

    private static final Shape SCALAR = new Shape(new long[0]);

    private final long[] sizes;

    private Shape(long[] sizes) {
        this.sizes = sizes;
    }

    /**
     * Returns the shape with these sizes; no sizes at all is the shape of a scalar.
     *
     * @throws IllegalArgumentException if a size is negative or the product does not fit in 63 bits
     */
    public static Shape of(long... sizes) {
        if (sizes.length == 0) {
            return SCALAR;
        }
        Shape shape = new Shape(sizes.clone());
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("negative size in shape " + shape);
            }
        }
        shape.elements();
        return shape;
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return sizes.length;
    }

    /**
     * Returns the size of one dimension.
     *
     * @param dim the dimension; negative counts from the end, as in PyTorch
     * @throws IllegalArgumentException if there is no such dimension
     */
    public long size(int dim) {
        int index = dim < 0 ? dim + sizes.length : dim;
        if (index < 0 || index >= sizes.length) {
            throw new IllegalArgumentException(
                    "dimension " + dim + " of shape " + this + ", which has " + sizes.length + " dimensions");
        }
        return sizes[index];
    }

    /** Returns the number of elements: the product of all sizes, 1 for a scalar. */
    public long elements() {
        long product = 1;
        boolean empty = false;
        for (long size : sizes) {
            empty |= size == 0;
        }
        if (empty) {
            return 0;
        }
        try {
            for (long size : sizes) {
                product = Math.multiplyExact(product, size);
            }
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException("shape " + this + " has more elements than a 64-bit number can count");
        }
        return product;
    }

    /** Returns a fresh array of the sizes. */
    public long[] toArray() {
        return sizes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    /** Returns the sizes as PyTorch prints them, for example {@code [2, 16, 32, 32]}. */
    @Override
    public String toString() {
        return Arrays.toString(sizes);
    }
}
