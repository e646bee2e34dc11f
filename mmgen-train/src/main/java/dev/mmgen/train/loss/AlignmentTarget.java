package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import java.util.List;

/** What the model's tokens are to resemble: one tensor {@code [N, T, width]} per projector of the model. */
@FunctionalInterface
public interface AlignmentTarget {

    /** Returns the features for a batch. No gradient flows into them. */
    List<Tensor> tokens(NoisyBatch batch);

    /** Returns features that were computed before, such as DINOv2 patch tokens. */
    static AlignmentTarget features(List<Tensor> features) {
        List<Tensor> all = List.copyOf(features);
        return _ -> all;
    }
}
