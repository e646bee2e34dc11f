package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What training asks of a model: the transformer itself, or a pass over it that keeps less. */
public sealed interface VelocityModel permits DiffusionTransformer, RecomputedPass {

    /**
     * Predicts the velocity {@code noise - data}. Alignment projectors are not run.
     *
     * @param latents {@code [N, M * C, h, w]}; h and w are multiples of p
     * @param times   see {@link TimeEmbedding} for the shape; N rows, or one for all samples
     * @param labels  class ids, int64 {@code [N]} or {@code [1]}; {@link TransformerConfig#nullLabel} is "no class"
     * @param tasks   int64 {@code [N]} or {@code [1]}: 0 for joint generation, k + 1 where modality k is the condition; null is 0
     * @return {@code [N, M * C, h, w]} in the weights' type
     */
    Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks);

    /**
     * Predicts the velocity and the tokens for representation alignment (paper, section 3.3; REPA).
     *
     * @return both; projections are {@code [N, T, projection width]} each
     */
    Prediction predict(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks);

    /**
     * What a training step needs of a forward pass.
     *
     * @param velocity    {@code [N, M * C, h, w]}
     * @param projections one tensor {@code [N, T, width]} per projector
     */
    record Prediction(Tensor velocity, List<Tensor> projections) {}
}
