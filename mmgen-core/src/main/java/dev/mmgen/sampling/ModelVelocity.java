package dev.mmgen.sampling;

import dev.mmgen.model.Conditioning;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartCheck;
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
 * The velocity that a model predicts for one batch, under its classes, conditions and guidance.
 *
 * <p>The model is asked in float32 and its answer widened. The null class, or the guide, and noisy conditions are evaluated only where guidance
 * applies. All samples share their times, so a batch of one class has a single row of modulations, which a transformer applies faster.
 */
final class ModelVelocity {

    private final VelocityModel model;
    private final VelocityModel.Inputs inputs;
    private final ConditioningCache cache;
    private final PartCheck check;
    private final Guidance guidance;
    private final LabelRows plain;
    private final LabelRows guided;
    private final List<Integer> held;
    private final double holdTime;
    private final @Nullable ModelVelocity guide;
    private final @Nullable Free free;

    /**
     * Whatever guides a batch beside its classes.
     *
     * @param weaker a weaker model of the same batch; null for the model's own velocity without the class
     * @param known  what the batch is given; null where conditions do not guide
     */
    record Guides(@Nullable ModelVelocity weaker, @Nullable KnownState known) {

        /** Nothing: classes alone guide. */
        static final Guides NONE = new Guides(null, null);
    }

    /** The same model where it draws what is given too, and the state that it then sees. */
    private record Free(ModelVelocity velocity, KnownState known) {}

    /** The answers to a request and to one that says less: without the class, or by a weaker model. The same where nothing guides. */
    record Branches(Tensor strong, Tensor weak) {}

    /** Binds a batch to a model that the request fits, guided by its classes alone. */
    ModelVelocity(VelocityModel model, VelocityModel.Inputs inputs, SamplingRequest request, ConditioningCache cache) {
        this(model, inputs, request, cache, Guides.NONE);
    }

    /** Binds a batch to a model that the request fits. */
    ModelVelocity(
            VelocityModel model,
            VelocityModel.Inputs inputs,
            SamplingRequest request,
            ConditioningCache cache,
            Guides guides) {
        this.model = model;
        this.inputs = inputs;
        this.cache = cache;
        this.check = new PartCheck("velocity model", VelocityModel.class, model);
        long nullLabel = inputs.nullLabel();
        long[] labels = request.labels().stream()
                .mapToLong(label -> label == SamplingRequest.NO_CLASS ? nullLabel : label)
                .toArray();
        boolean anyClass = Arrays.stream(labels).anyMatch(label -> label != nullLabel);
        // Without any class, both branches of one model would be the same.
        Guidance wanted = request.guidance();
        this.guidance = anyClass || guides.weaker() != null ? wanted : wanted.withScale(1);
        this.guide = guides.weaker();
        this.plain = LabelRows.of(labels);
        this.guided = LabelRows.withNull(nullLabel, labels);
        this.held = KnownState.heldModalities(request, inputs);
        this.holdTime = request.holdTime();
        this.free = guides.known() == null ? null : new Free(new ModelVelocity(this), guides.known());
    }

    /** Binds the same batch without its conditions, unguided. */
    private ModelVelocity(ModelVelocity told) {
        this.model = told.model;
        this.inputs = told.inputs;
        this.cache = told.cache;
        this.check = told.check;
        this.guidance = Guidance.NONE;
        this.guide = null;
        this.plain = told.plain;
        this.guided = told.guided;
        this.held = List.of();
        this.holdTime = told.holdTime;
        this.free = null;
    }

    /** The times between which the model is asked for an average; the same for a velocity. */
    record Step(double time, double end) {
        boolean isInstant() {
            return time == end;
        }
    }

    /** The model once it has been told the times and the task of an evaluation. */
    @FunctionalInterface
    private interface Evaluation {

        /**
         * Asks the model.
         *
         * @param rows the place of each sample's label among the labels
         */
        Tensor forward(Tensor latents, long[] rows);
    }

    /** Returns the velocity of a state {@code [N, M * C, h, w]}, float64. */
    Tensor at(Tensor state, double time) {
        return between(state, time, time);
    }

    /** Returns the average velocity of a flow map from a state's time to another one. */
    Tensor between(Tensor state, double time, double end) {
        return TensorScope.keeping(() -> {
            Step step = new Step(time, end);
            Branches answers = branches(state.to(DType.FLOAT32), step);
            Tensor velocity = guided(answers);
            return free != null && guidance.appliesToConditionsAt(time)
                    ? velocity.addScaled(conditionsChange(free, answers, state, step), guidance.conditionScale() - 1)
                    : velocity;
        });
    }

    private Branches branches(Tensor input, Step step) {
        if (!guidance.appliesAt(step.time())) {
            Tensor answer = unguided(input, step);
            return new Branches(answer, answer);
        }
        if (guide != null) {
            return new Branches(unguided(input, step), guide.unguided(input, step));
        }
        return input.device().type() == Device.Type.CPU ? oneByOne(input, step) : bothAtOnce(input, step);
    }

    private Tensor unguided(Tensor input, Step step) {
        return evaluation(input, step, plain).forward(input, plain.rows());
    }

    /** Two calls: on a CPU a doubled batch is no faster, and a branch of one class keeps the fast path. */
    private Branches oneByOne(Tensor input, Step step) {
        Evaluation evaluation = evaluation(input, step, guided);
        return new Branches(evaluation.forward(input, guided.rows()), evaluation.forward(input, nullRows()));
    }

    /** One call with a doubled batch, which fills a GPU better. */
    Branches bothAtOnce(Tensor input, Step step) {
        long[] rows = LongStream.concat(Arrays.stream(guided.rows()), Arrays.stream(nullRows()))
                .toArray();
        Tensor doubled = evaluation(input, step, guided).forward(Torch.cat(List.of(input, input), 0), rows);
        List<Tensor> branches = doubled.chunk(2, 0);
        return new Branches(branches.get(0), branches.get(1));
    }

    private long[] nullRows() {
        return guided.rowsOf(inputs.nullLabel());
    }

    Tensor guided(Branches answers) {
        Tensor weak = answers.weak();
        return answers.strong() == weak ? weak : weak.addScaled(answers.strong().sub(weak), guidance.scale());
    }

    /** Returns what the conditions change in the velocity: without the class where that guides too, so that neither counts twice. */
    private Tensor conditionsChange(Free without, Branches answers, Tensor state, Step step) {
        boolean unnamed = guide == null && guidance.appliesAt(step.time());
        LabelRows labels = unnamed ? guided : plain;
        Tensor noisy = without.known.free(state, step.time()).to(DType.FLOAT32);
        Tensor answer =
                without.velocity.evaluation(noisy, step, labels).forward(noisy, unnamed ? nullRows() : labels.rows());
        return (unnamed ? answers.weak() : answers.strong()).sub(answer);
    }

    private Evaluation evaluation(Tensor input, Step step, LabelRows labels) {
        Evaluation evaluation = model instanceof DiffusionTransformer transformer
                ? modulated(transformer, modulations(transformer, input, step, labels))
                : told(input, step, labels);
        return (latents, rows) -> check.tensor(
                        "forward at time " + step.time(), latents.shape(), () -> evaluation.forward(latents, rows))
                .to(DType.FLOAT64);
    }

    private Evaluation told(Tensor input, Step step, LabelRows labels) {
        Device device = input.device();
        Tensor times = times(step.time(), input.size(2), input.size(3)).to(device);
        Tensor ends = step.isInstant()
                ? times
                : times(step.end(), input.size(2), input.size(3)).to(device);
        Tensor task = task(device);
        return (latents, rows) -> {
            Tensor asked = Torch.tensor(labels.labelsOf(rows)).to(device);
            return step.isInstant()
                    ? model.forward(latents, times, asked, task)
                    : model.averageVelocity(latents, times, ends, asked, task);
        };
    }

    /** A transformer's modulations do not depend on the latents, so those that come again are computed once. */
    private static Evaluation modulated(DiffusionTransformer transformer, Conditioning modulations) {
        return (latents, rows) -> transformer.forward(latents, modulations.select(rows));
    }

    private Conditioning modulations(DiffusionTransformer transformer, Tensor input, Step step, LabelRows labels) {
        Device device = input.device();
        boolean perElement = inputs.timeEmbedding() == TimeEmbedding.PER_ELEMENT;
        long height = perElement ? input.size(2) : 0;
        long width = perElement ? input.size(3) : 0;
        var subject = new ConditioningCache.Subject(labels.distinct(), held, holdTime, height, width);
        return cache.get(new ConditioningCache.Key(subject, step.time(), step.end()), () -> {
            Tensor times = times(step.time(), input.size(2), input.size(3)).to(device);
            Tensor asked = Torch.tensor(labels.labels()).to(device);
            return step.isInstant()
                    ? transformer.condition(times, asked, task(device))
                    : transformer.condition(
                            times,
                            times(step.end(), input.size(2), input.size(3)).to(device),
                            asked,
                            task(device));
        });
    }

    /** Returns the times as the model wants them, one row for all samples, held modalities at their own. */
    Tensor times(double time, long height, long width) {
        if (inputs.timeEmbedding() == TimeEmbedding.SHARED) {
            return Torch.tensor(new float[] {(float) time});
        }
        int channels = inputs.channels();
        float[] perChannel = new float[channels];
        Arrays.fill(perChannel, (float) time);
        for (int modality : held) {
            int start = modality * inputs.latentChannels();
            Arrays.fill(perChannel, start, start + inputs.latentChannels(), (float) holdTime);
        }
        Tensor times = Torch.tensor(perChannel, 1, channels, 1, 1);
        return inputs.timeEmbedding() == TimeEmbedding.PER_MODALITY
                ? times
                : times.expand(1, channels, height, width).contiguous();
    }

    /**
     * The model's table has a row per single condition and none for several. Of several the first modality is named:
     * RGB where it is among them, since it says most about the others; the times still tell the model about each.
     */
    private @Nullable Tensor task(Device device) {
        if (!inputs.taskEmbedding()) {
            return null;
        }
        long task = held.isEmpty() ? 0 : held.getFirst() + 1L;
        return Torch.tensor(new long[] {task}).to(device);
    }
}
