package dev.mmgen.train;

import dev.mmgen.model.Conditioning;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Autocast;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.loss.LossContext;
import dev.mmgen.train.random.Draws;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The model in one step, as a loss asks it: forward passes run in mixed precision, the loss itself does not.
 *
 * @param trained settings and device of the model
 * @param answer  who runs the forward pass: the model itself, or a pass that keeps less
 * @param step    steps made before this one
 * @param draws   of the micro-batch
 * @param lower   the type of mixed precision; null for none
 * @param others  models that the loss asks beside it
 */
record ModelPass(
        DiffusionTransformer trained,
        VelocityModel answer,
        long step,
        Draws draws,
        @Nullable DType lower,
        Others others)
        implements LossContext {

    /**
     * Models that a loss asks without gradients.
     *
     * @param ema   follows the EMA; null where the loss needs none
     * @param base  the model as the training began; null where the loss needs none
     * @param rival the model that is trained in turns with this one, and not closed here; null where there is none
     */
    record Others(
            @Nullable DiffusionTransformer ema,
            @Nullable DiffusionTransformer base,
            @Nullable DiffusionTransformer rival)
            implements AutoCloseable {

        static final Others NONE = new Others(null, null, null);

        Others withRival(DiffusionTransformer other) {
            return new Others(ema, base, other);
        }

        @Override
        public void close() {
            if (ema != null) {
                ema.close();
            }
            if (base != null) {
                base.close();
            }
        }
    }

    /** An ordinary pass in single precision. */
    static ModelPass of(DiffusionTransformer model, long step, Draws draws) {
        return new ModelPass(model, model, step, draws, null, Others.NONE);
    }

    /** Returns the same pass with another model that answers, in mixed precision where a lower type is given. */
    ModelPass through(VelocityModel other, @Nullable DType type) {
        return new ModelPass(trained, other, step, draws, type, others);
    }

    /** Returns the same pass beside other models. */
    ModelPass beside(Others models) {
        return new ModelPass(trained, answer, step, draws, lower, models);
    }

    @Override
    public TransformerConfig config() {
        return trained.config();
    }

    @Override
    public Device device() {
        return trained.device();
    }

    @Override
    public Tensor velocity(ModelInput input) {
        return mixed(() -> answer.forward(input.latents(), input.times(), input.labels(), input.tasks()));
    }

    @Override
    public VelocityModel.Prediction predict(ModelInput input) {
        return mixed(() -> answer.predict(input.latents(), input.times(), input.labels(), input.tasks()));
    }

    @Override
    public Tensor averageVelocity(ModelInput input, Tensor ends) {
        return mixed(() -> answer.averageVelocity(input.latents(), input.times(), ends, input.labels(), input.tasks()));
    }

    @Override
    public Tensor ownAnswer(ModelInput input, Tensor ends) {
        try (GradMode _ = Torch.noGrad()) {
            return mixed(
                    () -> trained.averageVelocity(input.latents(), input.times(), ends, input.labels(), input.tasks()));
        }
    }

    @Override
    public Tensor emaTokens(ModelInput input, int depth) {
        DiffusionTransformer ema = others.ema();
        if (ema == null) {
            throw new IllegalStateException("the loss asks for tokens of the EMA, but its needsEma() is false");
        }
        try (GradMode _ = Torch.noGrad()) {
            return mixed(() -> {
                try (Conditioning conditioning = ema.condition(input.times(), input.labels(), input.tasks())) {
                    return ema.tokens(input.latents(), conditioning, depth);
                }
            });
        }
    }

    @Override
    public Tensor baseVelocity(ModelInput input) {
        DiffusionTransformer base = others.base();
        if (base == null) {
            return LossContext.super.baseVelocity(input);
        }
        return frozen(base, input);
    }

    @Override
    public Tensor rivalVelocity(ModelInput input) {
        DiffusionTransformer rival = others.rival();
        return rival == null ? LossContext.super.rivalVelocity(input) : frozen(rival, input);
    }

    private Tensor frozen(DiffusionTransformer model, ModelInput input) {
        try (GradMode _ = Torch.noGrad()) {
            return mixed(() -> model.forward(input.latents(), input.times(), input.labels(), input.tasks()));
        }
    }

    private <T> T mixed(Supplier<T> pass) {
        return Autocast.computing(device().type(), lower, pass);
    }
}
