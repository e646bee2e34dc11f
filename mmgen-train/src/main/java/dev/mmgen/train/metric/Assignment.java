package dev.mmgen.train.metric;

import java.util.Arrays;

/**
 * The assignment of rows to columns, each at most once, with the largest sum of values: the Hungarian method with
 * potentials (Kuhn 1955; Jonker and Volgenant 1987), O(rows² · columns) for rows ≤ columns.
 */
public final class Assignment {

    private Assignment() {}

    /**
     * Returns the best pairs, as many as the shorter side allows, even at negative values.
     *
     * @param values {@code [rows, columns]}, finite
     * @return the column of each row, −1 for a row without one
     * @throws IllegalArgumentException if rows have different lengths or a value is not finite
     */
    public static int[] maximise(double[][] values) {
        int rows = values.length;
        int columns = rows == 0 ? 0 : values[0].length;
        for (double[] row : values) {
            if (row.length != columns || !Arrays.stream(row).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("values to assign must be a full table of finite numbers");
            }
        }
        int[] columnOfRow = new int[rows];
        Arrays.fill(columnOfRow, -1);
        boolean wide = rows <= columns;
        int[] longOfShort = wide ? cheapest(values, false) : cheapest(values, true);
        for (int i = 0; i < longOfShort.length; i++) {
            columnOfRow[wide ? i : longOfShort[i]] = wide ? longOfShort[i] : i;
        }
        return columnOfRow;
    }

    /**
     * Adds one row of the shorter side after another, each along the shortest augmenting path in reduced costs. Index 0
     * of the arrays is the path's imaginary start.
     */
    private static int[] cheapest(double[][] values, boolean transposed) {
        int shorts = transposed ? values[0].length : values.length;
        int longs = transposed ? values.length : shorts == 0 ? 0 : values[0].length;
        double[] shortPotential = new double[shorts + 1];
        double[] longPotential = new double[longs + 1];
        int[] match = new int[longs + 1];
        int[] previous = new int[longs + 1];
        for (int start = 1; start <= shorts; start++) {
            double[] slack = new double[longs + 1];
            boolean[] visited = new boolean[longs + 1];
            Arrays.fill(slack, Double.POSITIVE_INFINITY);
            match[0] = start;
            int at = 0;
            while (match[at] != 0) {
                visited[at] = true;
                int row = match[at];
                int next = 0;
                double step = Double.POSITIVE_INFINITY;
                for (int j = 1; j <= longs; j++) {
                    if (visited[j]) {
                        continue;
                    }
                    double value = transposed ? values[j - 1][row - 1] : values[row - 1][j - 1];
                    double reduced = -value - shortPotential[row] - longPotential[j];
                    if (reduced < slack[j]) {
                        slack[j] = reduced;
                        previous[j] = at;
                    }
                    if (slack[j] < step) {
                        step = slack[j];
                        next = j;
                    }
                }
                for (int j = 0; j <= longs; j++) {
                    if (visited[j]) {
                        shortPotential[match[j]] += step;
                        longPotential[j] -= step;
                    } else {
                        slack[j] -= step;
                    }
                }
                at = next;
            }
            while (at != 0) {
                match[at] = match[previous[at]];
                at = previous[at];
            }
        }
        int[] longOfShort = new int[shorts];
        for (int j = 1; j <= longs; j++) {
            if (match[j] != 0) {
                longOfShort[match[j] - 1] = j - 1;
            }
        }
        return longOfShort;
    }
}
