package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/**
 * Fixed two-dimensional sine and cosine positions. The first half of a token encodes the column, the second half the row
 * (reference: {@code get_2d_sincos_pos_embed}).
 */
final class PositionTable {

    private static final double LONGEST_WAVE = 10_000;

    private final int rows;
    private final int columns;
    private final int width;
    private final float[] table;

    private PositionTable(int rows, int columns, int width, float[] table) {
        this.rows = rows;
        this.columns = columns;
        this.width = width;
        this.table = table;
    }

    /** Computes the table of a grid. */
    static PositionTable of(int rows, int columns, int width) {
        return stretched(rows, columns, Math.max(rows, columns), width);
    }

    /**
     * Computes the table of a grid that may be larger than the one of the training: its places are spread over those that the
     * model knows, as in position interpolation (Chen et al., arXiv 2306.15595). Places beyond them make a model draw its scene
     * several times, with a pattern over it.
     *
     * @param trained rows and columns of the training's grid
     */
    static PositionTable stretched(int rows, int columns, int trained, int width) {
        double[] columnFactors = factors(width / 2);
        float[] table = new float[Math.multiplyExact(Math.multiplyExact(rows, columns), width)];
        double down = (double) trained / Math.max(trained, rows);
        double across = (double) trained / Math.max(trained, columns);
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                at = encode(column * across, columnFactors, table, at);
                at = encode(row * down, columnFactors, table, at);
            }
        }
        return new PositionTable(rows, columns, width, table);
    }

    boolean isOf(long otherRows, long otherColumns) {
        return rows == otherRows && columns == otherColumns;
    }

    /** Returns the table as {@code [1, rows * columns, width]}, float32. */
    Tensor tensor() {
        return Torch.tensor(table, 1, (long) rows * columns, width);
    }

    private static double[] factors(int width) {
        double[] factors = new double[width / 2];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = 1 / Math.pow(LONGEST_WAVE, i / (width / 2.0));
        }
        return factors;
    }

    private static int encode(double place, double[] factors, float[] table, int start) {
        for (int i = 0; i < factors.length; i++) {
            table[start + i] = (float) Math.sin(place * factors[i]);
            table[start + factors.length + i] = (float) Math.cos(place * factors[i]);
        }
        return start + 2 * factors.length;
    }
}
