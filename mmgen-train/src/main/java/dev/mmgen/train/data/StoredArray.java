package dev.mmgen.train.data;

import java.util.Arrays;

/**
 * Numbers of a sample as they are stored: moments {@code [channels, height, width, 2]} (mean, standard deviation) or
 * features {@code [tokens, width]}.
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
     * @param values taken over: do not change them afterwards
     * @throws IllegalArgumentException if a size is negative or there are more or fewer values than the shape asks for
     */
    public static StoredArray of(float[] values, int... shape) {
        long elements = 1;
        for (int size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("a negative size in " + Arrays.toString(shape));
            }
            elements = elements > Integer.MAX_VALUE ? elements : elements * size;
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

    boolean hasShape(int... wanted) {
        return Arrays.equals(shape, wanted);
    }

    /** Returns true if no value is infinite or NaN. */
    public boolean isFinite() {
        return firstNonFinite() < 0;
    }

    /** Returns the place of the first value that is infinite or NaN, or -1. */
    int firstNonFinite() {
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
