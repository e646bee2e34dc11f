package dev.mmgen.train.metric.distribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The features of images, all kept in memory: 4 · width bytes per image. Not thread-safe. */
public final class FeatureSet implements FeatureSink {

    private final int width;
    private final List<float[]> rows = new ArrayList<>();

    /**
     * @param width the number of features of an image, at least 1
     */
    public FeatureSet(int width) {
        if (width < 1) {
            throw new IllegalArgumentException("features of width " + width);
        }
        this.width = width;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public long size() {
        return rows.size();
    }

    @Override
    public void add(float[] features) {
        int count = FeatureSink.checkedRows(features, width);
        for (int i = 0; i < count; i++) {
            rows.add(Arrays.copyOfRange(features, i * width, (i + 1) * width));
        }
    }

    float[] row(int image) {
        return rows.get(image);
    }
}
