package dev.mmgen.train.data;

import java.util.Arrays;

/**
 * An array of float32 numbers that belongs to a sample: a posterior {@code [channels, height, width, 2]} (mean, standard
 * deviation), unscaled, or features {@code [tokens, width]}. Any thread may read it.
 */
public final class StoredArray {

    private final int[] shape;
    private final float[] values;

    private StoredArray(int[] shape, float[] values) {
        this.shape = shape;
        this.values = values;
    }

    /**
     * Returns an array with these values, row-major.
     *
     * @param values not copied: do not change them afterwards
     * @throws IllegalArgumentException if a size is negative or the values are not as many as the shape holds
     */
    public static StoredArray of(float[] values, int... shape) {
        long elements = 1;
        for (int size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("the shape " + Arrays.toString(shape) + " holds a negative size");
            }
            elements = Math.min(elements * size, Integer.MAX_VALUE + 1L);
        }
        if (elements != values.length) {
            throw new IllegalArgumentException(values.length + " values for the shape " + Arrays.toString(shape));
        }
        return new StoredArray(shape.clone(), values);
    }

    /** Returns the sizes of the dimensions, outermost first. */
    public int[] shape() {
        return shape.clone();
    }

    /** Returns the values themselves, row-major; not to be changed. */
    public float[] values() {
        return values;
    }

    /** Returns true if the shape is this one. */
    public boolean hasShape(int... wanted) {
        return Arrays.equals(shape, wanted);
    }

    /**
     * Checks the shape.
     *
     * @param name of the array in the message
     * @throws IllegalArgumentException if the shape is another
     */
    void requireShape(String name, int... wanted) {
        if (!hasShape(wanted)) {
            throw new IllegalArgumentException(name + " has the shape " + Arrays.toString(shape) + ", but "
                    + Arrays.toString(wanted) + " is needed");
        }
    }

    /** Returns true if no value is infinite or NaN. */
    public boolean isFinite() {
        return firstNonFinite() < 0;
    }

    /** Returns the place of the first value that is infinite or NaN, or -1. */
    public int firstNonFinite() {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return "StoredArray" + Arrays.toString(shape);
    }
}
