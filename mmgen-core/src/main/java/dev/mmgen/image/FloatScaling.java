package dev.mmgen.image;

/**
 * The scaling of numbers along one axis: each result is a weighted mean of neighbours.
 *
 * @param firsts  the first neighbour of each result
 * @param weights of the neighbours of each result, with the sum 1
 */
record FloatScaling(int from, int[] firsts, float[][] weights) {

    /** A triangle between the centres of pixels, which widens where the axis becomes shorter, as Pillow's bilinear filter. */
    static FloatScaling linear(int from, int to) {
        double scale = (double) from / to;
        double reach = Math.max(1, scale);
        int[] firsts = new int[to];
        float[][] weights = new float[to][];
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int first = Math.max(0, (int) (centre - reach + 0.5));
            int end = Math.min(from, (int) (centre + reach + 0.5));
            firsts[i] = first;
            weights[i] = new float[end - first];
            double sum = 0;
            for (int j = first; j < end; j++) {
                double weight = Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach);
                weights[i][j - first] = (float) weight;
                sum += weight;
            }
            for (int j = 0; j < end - first; j++) {
                weights[i][j] /= (float) sum;
            }
        }
        return new FloatScaling(from, firsts, weights);
    }

    static FloatScaling nearest(int from, int to) {
        int[] firsts = new int[to];
        float[][] weights = new float[to][];
        for (int i = 0; i < to; i++) {
            firsts[i] = Math.min(from - 1, (int) ((i + 0.5) * from / to));
            weights[i] = new float[] {1};
        }
        return new FloatScaling(from, firsts, weights);
    }

    int length() {
        return firsts.length;
    }

    /**
     * Scales an axis.
     *
     * @param numbers {@code [before, from, after]}
     * @param after   the product of the axes after this one
     * @return {@code [before, length, after]}
     */
    float[] apply(float[] numbers, int after) {
        int before = numbers.length / from / after;
        float[] scaled = new float[before * length() * after];
        for (int outer = 0; outer < before; outer++) {
            for (int i = 0; i < length(); i++) {
                int target = (outer * length() + i) * after;
                for (int j = 0; j < weights[i].length; j++) {
                    int source = (outer * from + firsts[i] + j) * after;
                    float weight = weights[i][j];
                    for (int inner = 0; inner < after; inner++) {
                        scaled[target + inner] += weight * numbers[source + inner];
                    }
                }
            }
        }
        return scaled;
    }
}
