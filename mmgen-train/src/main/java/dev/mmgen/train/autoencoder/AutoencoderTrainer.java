package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.Autocast;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.Bookkeeping;
import dev.mmgen.train.NonFiniteException;
import dev.mmgen.train.RankFailures;
import dev.mmgen.train.Ranks;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.Training;
import dev.mmgen.train.WeightUpdate;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.checkpoint.PtCheckpoint;
import dev.mmgen.train.checkpoint.TrainingState;
import dev.mmgen.train.data.BatchShare;
import dev.mmgen.train.random.Draws;
import dev.mmgen.train.random.SeededDraws;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes steps: images to latents and back, loss, gradients, and the {@linkplain WeightUpdate update of the weights}. One
 * thread uses a trainer.
 */
public final class AutoencoderTrainer implements Training<AutoencoderStep>, AutoCloseable {

    private final AutoencoderPlan plan;
    private final AutoencoderKl model;
    private final ImageBatches images;
    private final @Nullable ProcessGroup group;
    private final Ranks ranks;
    private final BatchShare share;

    /** True where the images themselves come in parts for this rank. */
    private final boolean shared;

    private final Bookkeeping books;

    /**
     * Begins with the weights that the model has, on images of an index in batches of the plan's size.
     *
     * @throws IllegalArgumentException as the other constructor, or if there are fewer images than a batch takes
     */
    public AutoencoderTrainer(AutoencoderPlan plan, AutoencoderKl model, IndexedImages images) {
        this(plan, model, images.batches(plan.batchSize(), plan.seed()));
    }

    /**
     * Begins with the weights that the model has.
     *
     * @param model   of the plan's shape, with values; stays the caller's. Its weights become float32 and require gradients
     * @param images  taken over
     * @throws IllegalArgumentException if the model has another shape, or the loss weights another number of modalities
     */
    public AutoencoderTrainer(AutoencoderPlan plan, AutoencoderKl model, ImageBatches images) {
        this(plan, model, images, null);
    }

    /**
     * Begins with the weights that the model has, of several processes with those of rank 0's. All processes make a trainer of the
     * same plan and images, and the same calls; each takes an equal part of every batch.
     *
     * @param model   of the plan's shape, with values; stays the caller's. Its weights become float32 and require gradients
     * @param images  taken over
     * @param group   the processes that train together; null for this one alone. Stays the caller's
     * @throws IllegalArgumentException if the model has another shape, the loss weights another number of modalities, or the
     *     batch does not divide among the processes
     * @throws dev.mmgen.torch.distributed.ProcessGroupException if plan or images differ between processes
     */
    public AutoencoderTrainer(
            AutoencoderPlan plan, AutoencoderKl model, ImageBatches images, @Nullable ProcessGroup group) {
        if (!model.config().equals(plan.model())) {
            throw new IllegalArgumentException(
                    "the model is not the plan's: " + model.config() + ", not " + plan.model());
        }
        int weights = plan.loss().modalityWeights().size();
        List<String> modalities = images.modalities();
        if (weights != 0 && weights != modalities.size()) {
            throw new IllegalArgumentException(
                    "setting 'modalityWeights' lists " + weights + " weights, but the images are of " + modalities);
        }
        this.plan = plan;
        this.model = model;
        this.images = images;
        this.group = group;
        this.ranks = Ranks.of(group);
        this.share = new BatchShare(ranks.rank(), ranks.size());
        share.length(plan.batchSize());
        ranks.requireSame("the plan", plan::toJson, "Give all processes the same settings");
        ranks.requireSame(
                "the images",
                () -> modalities + ", " + images.epochSize() + ", at " + images.position(),
                "Give all processes the same index and files");
        this.shared = ranks.size() == 1 || images.share(share);
        model.to(model.device(), DType.FLOAT32);
        model.train(true);
        model.requiresGrad(true);
        ranks.shareWeights(model);
        WeightUpdate update = new WeightUpdate(model, plan.optimization(), plan.steps(), plan.precision());
        this.books = new Bookkeeping(model, images, update, ranks);
    }

    @Override
    public AutoencoderStep step() {
        return books.step(
                this::gradients,
                (step, loss, update, times) ->
                        new AutoencoderStep(step, loss, update.gradientNorm(), update.learningRate(), times));
    }

    private AutoencoderStep.Loss gradients(long stepsMade, StepTimes.Watch watch) {
        double[] own = new RankFailures(ranks).allOrNone(stepsMade + 1, () -> ownGradients(stepsMade, watch));
        ranks.addGradients(model);
        watch.lap(Part.BACKWARD);
        return AutoencoderStep.Loss.mean(ranks.interleaved(List.of(own)));
    }

    /** Adds the gradients of this rank's part of a batch, divided by the number of parts. */
    private double[] ownGradients(long stepsMade, StepTimes.Watch watch) {
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = SeededDraws.ofStep(plan.seed(), stepsMade)) {
            ImageBatch batch = shared ? images.next() : images.next().part(share);
            ImageBatch placed = new ImageBatch(batch.images().to(model.device()), batch.modalities());
            watch.lap(Part.DATA);
            AutoencoderLoss.Terms terms = Autocast.computing(
                    model.device().type(), plan.precision().lower(), () -> reconstruct(placed, draws));
            AutoencoderStep.Loss loss = AutoencoderStep.Loss.of(
                    terms, batch.modalities(), images.modalities().size());
            watch.lap(Part.FORWARD);
            if (!loss.isFinite()) {
                throw new NonFiniteException(stepsMade + 1, loss, "the loss");
            }
            (ranks.size() == 1 ? terms.total() : terms.total().div(ranks.size())).backward();
            watch.lap(Part.BACKWARD);
            return loss.toRow(batch.modalities());
        }
    }

    private AutoencoderLoss.Terms reconstruct(ImageBatch batch, Draws draws) {
        Posterior posterior = model.encode(batch.images());
        Tensor noise = noise(posterior.mean().shape().toArray(), draws);
        return plan.loss().compute(batch, model.decode(posterior.sample(noise)), posterior);
    }

    /** The noise of the whole batch is drawn, so that an image has the same in any number of processes. */
    private Tensor noise(long[] sizes, Draws draws) {
        long own = sizes[0];
        sizes[0] = own * share.size();
        return draws.normal(sizes).slice(0, share.rank() * own, (share.rank() + 1) * own);
    }

    @Override
    public @Nullable ProcessGroup group() {
        return group;
    }

    /** Returns a network with the EMA weights, which goes on following them. Close it after use. */
    public AutoencoderKl emaModel() {
        AutoencoderKl network = new AutoencoderKl(plan.model());
        try (StateDict weights = books.update().ema().state()) {
            network.load(weights);
        }
        return network;
    }

    /** Returns the plan. */
    public AutoencoderPlan plan() {
        return plan;
    }

    /** Returns the network that is trained. */
    public AutoencoderKl model() {
        return model;
    }

    @Override
    public long stepsMade() {
        return books.stepsMade();
    }

    @Override
    public long steps() {
        return plan.steps();
    }

    @Override
    public Checkpointing checkpointing() {
        return plan.checkpointing();
    }

    @Override
    public void save(Path file) {
        try (TrainingState state = books.state(null, plan.toJson())) {
            List<String> parameters = List.copyOf(model.parameters().keySet());
            double rate = books.update().rate(stepsMade());
            PtCheckpoint.write(
                    file,
                    state,
                    new PtCheckpoint.Details(
                            Map.of(),
                            Map.of("modalities", images.modalities()),
                            new PtCheckpoint.OptimizerGroup(
                                    parameters, plan.optimization().adamW(), rate)));
        }
    }

    @Override
    public void restore(Path file) {
        try (TrainingState state =
                TrainingState.read(file, List.copyOf(model.parameters().keySet()))) {
            state.requireFit(file, model, "");
            books.resume(state);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    /** Stops reading and frees moments and EMA. Closing twice has no effect. */
    @Override
    public void close() {
        images.close();
        books.close();
    }
}
