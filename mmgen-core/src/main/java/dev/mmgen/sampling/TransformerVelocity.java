package dev.mmgen.sampling;

import dev.mmgen.model.Conditioning;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The velocity that a transformer predicts for one batch, under its classes, conditions and guidance.
 *
 * <p>The model is asked in float32 and its answer widened. All samples share their times, so a batch of one class has a
 * single row of modulations, which the model applies faster. The null class is evaluated only where guidance applies.
 */
final class TransformerVelocity implements VelocityField {

    private final DiffusionTransformer model;
    private final Interpolant path;
    private final Guidance guidance;
    private final LabelRows plain;
    private final LabelRows guided;
    private final List<Integer> held;
    private final double holdTime;
    private final List<Constraint> constraints;
    private final ConditioningCache cache;

    /**
     * Binds a batch to a model.
     *
     * @param labels      per sample
     * @param held        modalities that stand at {@code holdTime}, ascending
     * @param constraints what is known of the state
     */
    TransformerVelocity(
            DiffusionTransformer model,
            Interpolant path,
            Guidance guidance,
            long[] labels,
            List<Integer> held,
            double holdTime,
            List<Constraint> constraints,
            ConditioningCache cache) {
        long nullLabel = model.config().nullLabel();
        boolean anyClass = Arrays.stream(labels).anyMatch(label -> label != nullLabel);
        this.model = model;
        this.path = path;
        // Without any class, both branches would be the same.
        this.guidance = anyClass ? guidance : Guidance.NONE;
        this.plain = LabelRows.of(labels);
        this.guided = LabelRows.withNull(nullLabel, labels);
        this.held = held;
        this.holdTime = holdTime;
        this.constraints = constraints;
        this.cache = cache;
    }

    @Override
    public Interpolant path() {
        return path;
    }

    @Override
    public Tensor constrain(Tensor state, double time) {
        Tensor constrained = state;
        for (Constraint constraint : constraints) {
            constrained = constraint.apply(constrained, time);
        }
        return constrained;
    }

    @Override
    public Tensor velocity(Tensor state, double time) {
        return TensorScope.keeping(() -> {
            Tensor input = state.to(DType.FLOAT32);
            if (!guidance.appliesAt(time)) {
                Conditioning conditioning = conditioning(input, time, plain);
                return model.forward(input, conditioning.select(plain.rows())).to(DType.FLOAT64);
            }
            return state.device().type() == Device.Type.CPU ? oneByOne(input, time) : bothAtOnce(input, time);
        });
    }

    /** Two calls: on a CPU a doubled batch is no faster, and a branch of one class keeps the fast path. */
    private Tensor oneByOne(Tensor input, double time) {
        Conditioning conditioning = conditioning(input, time, guided);
        Tensor withClass = model.forward(input, conditioning.select(guided.rows()));
        Tensor without = model.forward(input, conditioning.select(nullRows()));
        return guide(withClass.to(DType.FLOAT64), without.to(DType.FLOAT64));
    }

    /** One call with a doubled batch, which fills a GPU better. */
    Tensor bothAtOnce(Tensor input, double time) {
        Conditioning conditioning = conditioning(input, time, guided);
        long[] rows = LongStream.concat(Arrays.stream(guided.rows()), Arrays.stream(nullRows()))
                .toArray();
        Tensor doubled = model.forward(Torch.cat(List.of(input, input), 0), conditioning.select(rows));
        List<Tensor> branches = doubled.to(DType.FLOAT64).chunk(2, 0);
        return guide(branches.get(0), branches.get(1));
    }

    private long[] nullRows() {
        return guided.rowsOf(model.config().nullLabel());
    }

    private Tensor guide(Tensor withClass, Tensor without) {
        return without.addScaled(withClass.sub(without), guidance.scale());
    }

    private Conditioning conditioning(Tensor input, double time, LabelRows labels) {
        boolean perElement = model.config().timeEmbedding() == TimeEmbedding.PER_ELEMENT;
        long height = perElement ? input.size(2) : 0;
        long width = perElement ? input.size(3) : 0;
        var subject = new ConditioningCache.Subject(labels.distinct(), held, holdTime, height, width);
        return cache.get(
                new ConditioningCache.Key(subject, time),
                () -> model.condition(
                        times(time, input.size(2), input.size(3)).to(input.device()),
                        Torch.tensor(labels.labels()).to(input.device()),
                        task(input.device())));
    }

    /** Returns the times as the model wants them, one row for all samples, held modalities at their own. */
    Tensor times(double time, long height, long width) {
        TransformerConfig config = model.config();
        if (config.timeEmbedding() == TimeEmbedding.SHARED) {
            return Torch.tensor(new float[] {(float) time});
        }
        int channels = config.inputChannels();
        float[] perChannel = new float[channels];
        Arrays.fill(perChannel, (float) time);
        for (int modality : held) {
            int start = modality * config.latentChannels();
            Arrays.fill(perChannel, start, start + config.latentChannels(), (float) holdTime);
        }
        Tensor times = Torch.tensor(perChannel, 1, channels, 1, 1);
        return config.timeEmbedding() == TimeEmbedding.PER_MODALITY
                ? times
                : times.expand(1, channels, height, width).contiguous();
    }

    /**
     * The model's table has a row per single condition and none for several. Of several the first modality is named:
     * RGB where it is among them, since it says most about the others; the times still tell the model about each.
     */
    private @Nullable Tensor task(Device device) {
        if (!model.config().taskEmbedding()) {
            return null;
        }
        long task = held.isEmpty() ? 0 : held.getFirst() + 1L;
        return Torch.tensor(new long[] {task}).to(device);
    }
}
