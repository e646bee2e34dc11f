package dev.mmgen.train.loss;

import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.loss.LossContext.ModelInput;
import dev.mmgen.train.random.Draws;

/**
 * The state at which a step of ancestral sampling, or a part of it, ends, if what the model answered at a batch's own times is the data.
 * The linear path alone.
 *
 * @param input the states {@code [N, M * C, h, w]} and their times; given modalities, and samples that read without noise, are as before
 * @param data  that the model answered, of the same shape
 * @param times of the states, {@code [N, M * C, 1, 1]}
 */
record LaterState(ModelInput input, Tensor data, Tensor times) {

    /** Nearer to the data, what is compared is divided by hardly anything. */
    private static final double EARLIEST = 0.02;

    /** The coefficients of a step for each modality of each sample. */
    private static final class Coefficients {

        private final LatentShape shape;
        private final float[] time;
        private final float[] kept;
        private final float[] taken;
        private final float[] fresh;

        Coefficients(LatentShape shape) {
            int count = shape.samples() * shape.modalities();
            this.shape = shape;
            this.time = new float[count];
            this.kept = new float[count];
            this.taken = new float[count];
            this.fresh = new float[count];
        }

        /** Sets those of one step. */
        void set(int place, double from, double to) {
            DpmSolver.Mixture mixture = DpmSolver.ANCESTRAL.mixture(Interpolant.linear(), from, to);
            time[place] = (float) to;
            kept[place] = (float) mixture.kept();
            taken[place] = (float) mixture.taken();
            fresh[place] = (float) mixture.fresh();
        }

        /** Leaves a modality where it is. */
        void keep(int place, float at) {
            time[place] = at;
            kept[place] = 1;
        }

        Tensor perChannel(float[] values, Tensor like) {
            return shape.perChannel(Torch.tensor(values, shape.samples(), shape.modalities()))
                    .to(like.device(), DType.FLOAT32);
        }
    }

    /**
     * Draws how far each sample goes, and goes there.
     *
     * @param velocity the model's answer to the batch, float32
     * @param run      whose steps are gone; each sample stops at some time within its step
     */
    static LaterState of(NoisyBatch batch, Tensor velocity, TimeDistribution.FewSteps run, Draws draws) {
        try (TensorScope scope = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            ModelInput input = batch.input();
            ModalityMask moving = batch.plan().moving();
            LatentShape shape = LatentShape.of(input.latents(), moving.modalities());
            Tensor before = NoisyBatch.broadcast(input.times()).expand(shape.samples(), shape.allChannels(), 1, 1);
            float[] times = before.contiguous().toFloats();
            float[] part = draws.uniform(shape.samples()).toFloats();
            Coefficients step = new Coefficients(shape);
            for (int place = 0; place < step.time.length; place++) {
                float time = times[place * shape.channels()];
                int sample = place / shape.modalities();
                double to = Math.max(EARLIEST, run.within(time, part[sample]));
                if (moving.has(sample, place % shape.modalities()) && to < time) {
                    step.set(place, time, to);
                } else {
                    step.keep(place, time);
                }
            }
            Tensor data = input.latents().sub(before.mul(velocity));
            Tensor noise = draws.normal(data.shape().toArray()).to(data.device(), DType.FLOAT32);
            Tensor state = input.latents()
                    .mul(step.perChannel(step.kept, data))
                    .add(data.mul(step.perChannel(step.taken, data)))
                    .add(noise.mul(step.perChannel(step.fresh, data)));
            Tensor after = step.perChannel(step.time, data);
            Tensor told = input.times().rank() == 1 ? after.select(1, 0).reshape(-1) : after;
            return new LaterState(
                    new ModelInput(scope.keep(state), scope.keep(told), input.labels(), input.tasks()),
                    scope.keep(data),
                    scope.keep(after));
        }
    }
}
