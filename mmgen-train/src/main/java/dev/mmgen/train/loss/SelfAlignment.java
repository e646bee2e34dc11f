package dev.mmgen.train.loss;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * Aligns the model with a deeper block of a teacher that sees the same batch with less noise; no image encoder is
 * needed (after SRA, Jiang et al., 2025). The teacher is best the moving average of the model; the model itself works
 * too.
 *
 * @param teacher    has projectors, if any, whose widths do not matter; every projector of the trained model is as wide
 *                   as the teacher's tokens
 * @param depth      after how many of the teacher's blocks its tokens are taken
 * @param timeFactor the teacher's times are the model's times this factor; 0 shows it clean latents
 */
public record SelfAlignment(DiffusionTransformer teacher, int depth, double timeFactor) implements AlignmentTarget {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the teacher has not so many blocks, or the factor is not from 0 to 1
     */
    public SelfAlignment {
        if (depth < 1 || depth > teacher.config().depth()) {
            throw new IllegalArgumentException("tokens after block " + depth + " of a teacher with "
                    + teacher.config().depth() + " blocks");
        }
        if (!(timeFactor >= 0 && timeFactor <= 1)) {
            throw new IllegalArgumentException("a time factor of " + timeFactor + "; it must be from 0 to 1");
        }
    }

    @Override
    public List<Tensor> tokens(NoisyBatch batch) {
        try (GradMode _ = Torch.noGrad()) {
            return List.of(TensorScope.keeping(() -> {
                Tensor times = batch.plan().times().to(batch.latents().device()).mul(timeFactor);
                return teacher.tokens(batch.inputAt(times), times, batch.labels(), batch.tasks(), depth);
            }));
        }
    }
}
