package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.loss.LatentShape;
import dev.mmgen.train.loss.LossContext;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.ModalityMask;
import dev.mmgen.train.loss.TrainingLoss;
import java.nio.file.Path;

/** A loss of your own on samples of your own: {@code OwnLoss [FOLDER STEPS]}. */
public final class OwnLoss {

    private OwnLoss() {}

    /** The absolute error of the velocity, where photos are given and all else is noised by one time per sample. */
    record AbsoluteError(int modalities) implements TrainingLoss {

        @Override
        public LossTerms compute(LossContext context, TrainingBatch batch) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor data = batch.latents();
                LatentShape shape = LatentShape.of(data, modalities);
                Tensor noise = context.draws().normal(data.shape().toArray());
                Tensor time = context.draws().uniform(shape.samples(), 1);
                Tensor notRgb = ModalityMask.of(shape.samples(), modalities, (_, m) -> m > 0)
                        .toTensor();
                Tensor times = shape.perChannel(notRgb.mul(time));
                Tensor fromRgb =
                        Torch.full(1, DType.INT64, data.device(), batch.labels().shape());
                Tensor velocity = context.velocity(
                        new LossContext.ModelInput(path().mix(data, noise, times), times, batch.labels(), fromRgb));
                Tensor errors = velocity.to(DType.FLOAT32)
                        .sub(noise.sub(data))
                        .abs()
                        .reshape(shape.samples(), modalities, -1)
                        .mean(2)
                        .mul(notRgb)
                        .mean(0);
                return LossTerms.of(scope.keep(errors.sum()), scope.keep(errors), shape.samples());
            }
        }
    }

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/mmgen-absolute");
        FineTuning.Result result = FineTuning.of(MmGen.SHAPES)
                .add(EdgeScenes.CANNY)
                .samples(EdgeScenes.of(arguments.length > 1 ? 20 : 200))
                .loss(new AbsoluteError(5))
                .steps(arguments.length > 1 ? Long.parseLong(arguments[1]) : 600)
                .onStep(AddModality::print)
                .run(folder);
        System.out.println(result.steps() + " steps; " + folder + " is a model folder");
    }
}
