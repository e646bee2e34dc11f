package dev.mmgen;

/**
 * The line through pairs of numbers by least squares, for depths that are known up to a scale and a shift. Its sums are kept by
 * Welford's updates, which lose no digits.
 */
final class LineFit {

    private double count;
    private double meanX;
    private double meanY;
    private double squares;
    private double products;

    /** A line {@code scale * x + shift}. */
    record Line(double scale, double shift) {

        static final Line IDENTITY = new Line(1, 0);

        double at(double x) {
            return scale * x + shift;
        }
    }

    void add(double x, double y) {
        count++;
        double before = x - meanX;
        meanX += before / count;
        meanY += (y - meanY) / count;
        squares += before * (x - meanX);
        products += before * (y - meanY);
    }

    /**
     * Returns the line; without any pair it changes nothing.
     *
     * @param largestScale the largest factor, up or down, by which numbers that show the same may differ; beyond it they are only
     *     shifted
     */
    Line line(double largestScale) {
        if (count == 0) {
            return Line.IDENTITY;
        }
        double scale = products / squares;
        // Written so that NaN, of numbers that are all the same, is out of range as well.
        if (!(scale <= largestScale && scale >= 1 / largestScale)) {
            scale = 1;
        }
        return new Line(scale, meanY - scale * meanX);
    }
}
