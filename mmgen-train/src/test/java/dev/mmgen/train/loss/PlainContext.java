package dev.mmgen.train.loss;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.random.Draws;

/** A model in single precision, and another one in place of its EMA. */
record PlainContext(DiffusionTransformer model, DiffusionTransformer ema, Draws draws, long step)
        implements ModelContext {

    static PlainContext of(DiffusionTransformer model, Draws draws, long step) {
        return new PlainContext(model, model, draws, step);
    }

    @Override
    public Tensor emaTokens(ModelInput input, int depth) {
        return ema.tokens(input.latents(), ema.condition(input.times(), input.labels(), input.tasks()), depth);
    }
}
