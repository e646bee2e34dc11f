package dev.mmgen.train.metric.distribution;

/**
 * The running mean and covariance of features, in float64 and in memory that does not grow with the number of images
 * (8 · width² bytes). Parts that were collected apart can be {@linkplain #merge merged} (Chan, Golub and LeVeque 1983).
 * Not thread-safe.
 */
public final class FeatureStatistics implements FeatureSink {

    /** The most features an image may have: a covariance of 512 MiB. */
    public static final int MAX_WIDTH = 8192;

    private static final int BLOCK = 128;

    private final int width;
    private final double[] mean;
    /** The sum of outer products of centred rows; only the lower triangle is kept. */
    private final double[][] scatter;

    private long size;

    /**
     * @param width the number of features of an image, 1 to {@link #MAX_WIDTH}
     */
    public FeatureStatistics(int width) {
        if (width < 1 || width > MAX_WIDTH) {
            throw new IllegalArgumentException("features of width " + width + "; 1 to " + MAX_WIDTH + " are supported");
        }
        this.width = width;
        mean = new double[width];
        scatter = new double[width][];
        for (int i = 0; i < width; i++) {
            scatter[i] = new double[i + 1];
        }
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void add(float[] features) {
        int count = FeatureSink.checkedRows(features, width);
        for (int start = 0; start < count; start += BLOCK) {
            addBlock(features, start, Math.min(BLOCK, count - start));
        }
    }

    /** The last centred row stands for the distance between the means of the block and of what was there before. */
    private void addBlock(float[] features, int start, int count) {
        double[] blockMean = new double[width];
        double[][] centred = new double[count + 1][width];
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < width; i++) {
                centred[row][i] = features[(start + row) * width + i];
                blockMean[i] += centred[row][i] / count;
            }
        }
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < width; i++) {
                centred[row][i] -= blockMean[i];
            }
        }
        centred[count] = shiftMean(blockMean, count);
        addScatter(centred);
    }

    private double[] shiftMean(double[] otherMean, long otherSize) {
        double[] between = new double[width];
        double total = (double) size + otherSize;
        double weight = Math.sqrt(size * (otherSize / total));
        for (int i = 0; i < width; i++) {
            double difference = otherMean[i] - mean[i];
            between[i] = difference * weight;
            mean[i] += difference * (otherSize / total);
        }
        size += otherSize;
        return between;
    }

    private void addScatter(double[]... centred) {
        for (int i = 0; i < width; i++) {
            double[] sums = scatter[i];
            for (double[] row : centred) {
                double factor = row[i];
                for (int j = 0; j <= i; j++) {
                    sums[j] += factor * row[j];
                }
            }
        }
    }

    /**
     * Takes in all that another has seen.
     *
     * @throws IllegalArgumentException if the widths differ or it is this very object
     */
    public void merge(FeatureStatistics other) {
        if (other.width != width || other == this) {
            throw new IllegalArgumentException("statistics of " + other.width + " features cannot be merged into "
                    + (other == this ? "themselves" : "those of " + width));
        }
        if (other.size == 0) {
            return;
        }
        for (int i = 0; i < width; i++) {
            for (int j = 0; j <= i; j++) {
                scatter[i][j] += other.scatter[i][j];
            }
        }
        addScatter(shiftMean(other.mean, other.size));
    }

    /**
     * Returns mean and unbiased covariance (divided by size − 1, as {@code numpy.cov}).
     *
     * @throws IllegalStateException if fewer than two images were taken in
     */
    public FeatureGaussian gaussian() {
        if (size < 2) {
            throw new IllegalStateException("a covariance needs the features of two images or more, not " + size);
        }
        double[][] covariance = new double[width][width];
        for (int i = 0; i < width; i++) {
            for (int j = 0; j <= i; j++) {
                covariance[i][j] = scatter[i][j] / (size - 1);
                covariance[j][i] = covariance[i][j];
            }
        }
        return new FeatureGaussian(mean.clone(), covariance);
    }
}
