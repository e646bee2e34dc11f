package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.train.random.Draws;

/** The elements that share one time, of a model that takes a time per latent element. In parentheses: the reference's name. */
public enum Granularity {
    /** A whole sample (INSYNC_NONE). */
    SAMPLE,
    /** All pixels of a channel (INSYNC_VEC). */
    CHANNEL,
    /** All channels of a pixel (INSYNC_PATCH). */
    PIXEL,
    /** Nothing (INSYNC_ALL). */
    ELEMENT,
    /** All channels and pixels of a modality (INSYNC_TASK). */
    MODALITY;

    /** Draws times that broadcast to {@code [N, M * C, h, w]}. */
    Tensor draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
        int samples = shape.samples();
        return switch (this) {
            case SAMPLE -> distribution.draw(draws, samples, 1, 1, 1);
            case CHANNEL -> distribution.draw(draws, samples, shape.allChannels(), 1, 1);
            case PIXEL -> distribution.draw(draws, samples, 1, shape.height(), shape.width());
            case ELEMENT -> distribution.draw(draws, samples, shape.allChannels(), shape.height(), shape.width());
            case MODALITY -> shape.perChannel(distribution.draw(draws, samples, shape.modalities(), 1, 1, 1));
        };
    }
}
