package dev.mmgen.train.loss;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;

/** A context whose answers are those of a model in single precision. */
interface ModelContext extends LossContext {

    DiffusionTransformer model();

    @Override
    default TransformerConfig config() {
        return model().config();
    }

    @Override
    default Device device() {
        return model().device();
    }

    @Override
    default Tensor velocity(ModelInput input) {
        return model().forward(input.latents(), input.times(), input.labels(), input.tasks());
    }

    @Override
    default VelocityModel.Prediction predict(ModelInput input) {
        return model().predict(input.latents(), input.times(), input.labels(), input.tasks());
    }
}
