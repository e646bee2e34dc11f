package dev.mmgen.train.loss;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;

/** A context whose models are formulas, of two modalities with four channels each. */
interface FormulaContext extends LossContext {

    TransformerConfig SHAPE = TransformerConfig.builder()
            .inputSize(4)
            .width(32)
            .depth(3)
            .heads(2)
            .classes(3)
            .modalities(2)
            .flowMapDepth(2)
            .build()
            .withoutProjectors();

    /** Returns noise in place of data, of random classes. */
    static TrainingBatch batch(int samples) {
        try (Generator generator = Generator.seeded(3)) {
            return new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, samples, SHAPE.inputChannels(), 4, 4),
                    Torch.randint(generator, 0, SHAPE.classes(), samples),
                    null);
        }
    }

    @Override
    default TransformerConfig config() {
        return SHAPE;
    }

    @Override
    default Device device() {
        return Device.CPU;
    }

    @Override
    default long step() {
        return 0;
    }

    @Override
    default VelocityModel.Prediction predict(ModelInput input) {
        throw new UnsupportedOperationException();
    }

    @Override
    default Tensor emaTokens(ModelInput input, int depth) {
        throw new UnsupportedOperationException();
    }
}
