package dev.mmgen.shapes.evaluation;

/**
 * How well the edges of two kinds of pictures lie upon each other: the boundary F-score (Martin, Fowlkes and Malik, 2004),
 * here of counts over all images, and with each edge free to match several. Not thread-safe.
 */
final class EdgeAgreement {

    private final int tolerance;
    private long first;
    private long firstMatched;
    private long second;
    private long secondMatched;

    /**
     * @param tolerance how many pixels apart edges may lie
     */
    EdgeAgreement(int tolerance) {
        this.tolerance = tolerance;
    }

    /** Takes in the edges of an image, of one size. */
    void add(EdgeMap one, EdgeMap other) {
        first += one.count();
        firstMatched += one.near(other, tolerance);
        second += other.count();
        secondMatched += other.near(one, tolerance);
    }

    /** Returns the harmonic mean of both sides' shares of edges that are matched, 0 to 1; NaN where a side has no edge. */
    double score() {
        double one = (double) firstMatched / first;
        double other = (double) secondMatched / second;
        return one + other == 0 ? 0 : 2 * one * other / (one + other);
    }
}
