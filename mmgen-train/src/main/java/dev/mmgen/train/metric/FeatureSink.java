package dev.mmgen.train.metric;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Layer;
import java.util.Iterator;

/** Takes in the features of images, one row of {@link #width()} numbers each, whatever computed them. */
public sealed interface FeatureSink permits FeatureStatistics, FeatureSet {

    /** Returns the number of features of an image. */
    int width();

    /** Returns how many images were taken in. */
    long size();

    /**
     * Takes in the features of some images.
     *
     * @param features {@code [images, width]}, row-major
     * @throws IllegalArgumentException if the length is no multiple of the width or a number is not finite; nothing is
     *                                  taken in then
     */
    void add(float[] features);

    /**
     * Takes in the features of some images.
     *
     * @param features {@code [images, width]} of any floating-point type
     * @throws IllegalArgumentException if the shape differs or a number is not finite
     */
    default void add(Tensor features) {
        if (features.rank() != 2 || features.size(1) != width()) {
            throw new IllegalArgumentException("features of shape " + features.shape() + ", not [images, " + width()
                    + "]; an extractor must pool or flatten what it finds in an image to one row");
        }
        add(features.toFloats());
    }

    /**
     * Runs an extractor over batches of images, without recording gradients, and takes in what it finds. Tensors that
     * are made on the way, batches included, are freed batch by batch.
     *
     * @param batches   what the extractor takes, for instance {@code [N, 3, H, W]}
     * @param extractor makes {@code [N, width]} of a batch: a module or any function
     */
    default void addAll(Iterable<Tensor> batches, Layer extractor) {
        Iterator<Tensor> iterator = batches.iterator();
        boolean more = true;
        while (more) {
            try (TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                more = iterator.hasNext();
                if (more) {
                    add(extractor.forward(iterator.next()));
                }
            }
        }
    }

    /** Returns how many rows the numbers make, having looked at each. */
    static int checkedRows(float[] features, int width) {
        if (features.length % width != 0) {
            throw new IllegalArgumentException(features.length + " numbers are no rows of " + width + " features");
        }
        for (int i = 0; i < features.length; i++) {
            if (!Float.isFinite(features[i])) {
                throw new IllegalArgumentException(
                        "feature " + i % width + " of image " + i / width + " is " + features[i]);
            }
        }
        return features.length / width;
    }
}
