package dev.mmgen.train.loss;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.random.Draws;

/** A model in single precision, and another one in place of its EMA. */
record PlainContext(DiffusionTransformer model, DiffusionTransformer ema, Draws draws, long step)
        implements LossContext {

    static PlainContext of(DiffusionTransformer model, Draws draws, long step) {
        return new PlainContext(model, model, draws, step);
    }

    @Override
    public TransformerConfig config() {
        return model.config();
    }

    @Override
    public Device device() {
        return model.device();
    }

    @Override
    public Tensor velocity(ModelInput input) {
        return model.forward(input.latents(), input.times(), input.labels(), input.tasks());
    }

    @Override
    public VelocityModel.Prediction predict(ModelInput input) {
        return model.predict(input.latents(), input.times(), input.labels(), input.tasks());
    }

    @Override
    public Tensor emaTokens(ModelInput input, int depth) {
        return ema.tokens(input.latents(), ema.condition(input.times(), input.labels(), input.tasks()), depth);
    }
}
