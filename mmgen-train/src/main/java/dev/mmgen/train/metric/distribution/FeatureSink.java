package dev.mmgen.train.metric.distribution;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Layer;
import java.util.Iterator;

/**
 * A consumer of the features of images, one row of {@link #width()} numbers each, whatever extractor computed them. One
 * thread at a time uses it.
 */
public interface FeatureSink {

    /** Returns the number of features of an image. */
    int width();

    /** Returns how many images it has received. */
    long size();

    /**
     * Adds the features of some images.
     *
     * @param features {@code [images, width]}, row-major
     * @throws IllegalArgumentException if the length is not a multiple of the width or a number is not finite; nothing is
     *     added then
     */
    void add(float[] features);

    /**
     * Adds the features of some images.
     *
     * @param features {@code [images, width]} of any floating-point type
     * @throws IllegalArgumentException if the shape differs or a number is not finite
     */
    default void add(Tensor features) {
        if (features.rank() != 2 || features.size(1) != width()) {
            throw new IllegalArgumentException("features of shape " + features.shape() + ", not [images, " + width()
                    + "]; an extractor must pool or flatten the features of an image to one row");
        }
        add(features.toFloats());
    }

    /**
     * Runs an extractor over batches of images, without recording gradients, and adds its features. Tensors made on the way,
     * the batches included, are freed batch by batch.
     *
     * @param batches   inputs of the extractor, for instance {@code [N, 3, H, W]}
     * @param extractor maps a batch to {@code [N, width]}: a module or any function
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

    /**
     * Returns the number of rows after a check of each number.
     *
     * @throws IllegalArgumentException if the length is not a multiple of the width or a number is not finite
     */
    static int checkedRows(float[] features, int width) {
        if (features.length % width != 0) {
            throw new IllegalArgumentException(
                    features.length + " numbers do not divide into rows of " + width + " features");
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
