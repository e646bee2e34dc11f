package dev.mmgen.train;

import dev.mmgen.lora.Lora;
import dev.mmgen.model.BlockwisePass;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a batch, computed micro-batch by micro-batch, several at the same time. Every worker but the first has a
 * copy of the model that shares its weights and has gradients of its own; they are added in the order of the micro-batches, so
 * that the sum does not depend on the number of workers.
 */
final class GradientWorkers implements AutoCloseable {

    private final TrainingPlan plan;
    private final TrainingLoss loss;
    private final WeightUpdate update;
    private ModelPass.Others others;
    private final List<DiffusionTransformer> models = new ArrayList<>();
    private final List<ExecutorService> threads = new ArrayList<>();

    /**
     * A batch and the generator that the rest of its randomness comes from; of no scope, so that another thread can take it.
     *
     * @param fault of the batch as it came from its source, before a loss could change it; null if its numbers are finite
     */
    record MicroBatch(
            TrainingBatch batch,
            SeededDraws draws,
            @Nullable String fault) implements AutoCloseable {

        /**
         * Takes the next batch of a source.
         *
         * @param draw the number of the micro-batch, all steps together
         */
        static MicroBatch draw(BatchSource source, TrainingPlan plan, long draw) {
            SeededDraws draws = SeededDraws.ofStep(plan.seed(), draw);
            boolean drawn = false;
            try (TensorScope _ = TensorScope.open()) {
                OwnPart part = OwnPart.of(source, draw / plan.gradientAccumulation());
                TrainingBatch batch = part.requireBatch(part.call(() -> source.next(draws)), plan);
                MicroBatch micro = new MicroBatch(views(batch).unscoped(), draws, fault(batch, source));
                drawn = true;
                return micro;
            } finally {
                if (!drawn) {
                    draws.close();
                }
            }
        }

        /** The source may keep its tensors: views of them are closed after the step. */
        private static TrainingBatch views(TrainingBatch batch) {
            Tensor features = batch.features();
            Tensor validity = batch.validity();
            return new TrainingBatch(
                    batch.latents().detach(),
                    batch.labels().detach(),
                    features == null ? null : features.detach(),
                    validity == null ? null : validity.detach());
        }

        private static @Nullable String fault(TrainingBatch batch, BatchSource source) {
            String from = " from " + PartCheck.nameOf(source) + ", and so the loss,";
            if (!PartCheck.isFinite(batch.latents())) {
                return "a latent" + from;
            }
            if (batch.features() != null && !PartCheck.isFinite(batch.features())) {
                return "a feature" + from;
            }
            return batch.validity() == null || PartCheck.isFinite(batch.validity()) ? null : "a validity" + from;
        }

        @Override
        public void close() {
            draws.close();
            batch.close();
        }
    }

    private record Gradients(LossReport report, double forward) {}

    /**
     * An exchange of gradients while they are computed.
     *
     * @param begin    is run between the forward and the backward pass, once all that comes before is done
     * @param complete is told of parameters whose gradients are there, see {@link BlockwisePass#backward(Tensor, Consumer)}
     */
    record Overlap(Runnable begin, Consumer<List<Parameter>> complete) {}

    /**
     * Takes workers among whom the plan's micro-batches {@linkplain Parallelism#requireFit divide}.
     *
     * @param model  whose parameters require gradients already where they are trained; stays the caller's
     * @param update whose EMA the loss may ask; stays the caller's
     */
    GradientWorkers(TrainingPlan plan, DiffusionTransformer model, WeightUpdate update, int workers) {
        this.plan = plan;
        this.loss = plan.loss();
        this.update = update;
        this.others = new ModelPass.Others(
                OwnPart.check(loss).value("needsEma", loss::needsEma) ? follower(plan, model, update) : null,
                OwnPart.check(loss).value("needsBase", loss::needsBase) ? frozen(model) : null,
                null);
        models.add(model);
        int share = Math.max(1, Torch.threads() / workers);
        for (int worker = 1; worker < workers; worker++) {
            models.add(sharing(model));
        }
        for (int worker = 0; worker < workers && workers > 1; worker++) {
            ExecutorService thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("gradients-", worker).factory());
            thread.execute(() -> Torch.setThreads(share));
            threads.add(thread);
        }
    }

    /** Returns a model that shares the EMA's memory, and so follows it. */
    private static DiffusionTransformer follower(TrainingPlan plan, DiffusionTransformer model, WeightUpdate update) {
        DiffusionTransformer follower = new DiffusionTransformer(plan.model());
        Lora.attachLike(model, follower);
        try (StateDict weights = update.ema().state()) {
            follower.load(weights);
        }
        return follower;
    }

    /** Returns a model with copies of the weights, which stay as they are. */
    private static DiffusionTransformer frozen(DiffusionTransformer model) {
        DiffusionTransformer base = new DiffusionTransformer(model.config());
        Lora.attachLike(model, base);
        Map<String, Tensor> copies = new LinkedHashMap<>();
        try (StateDict weights = model.state();
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            weights.asMap()
                    .forEach((key, value) ->
                            copies.put(key, value.detach().copy().unscoped()));
        }
        try (StateDict weights = StateDict.of(copies)) {
            base.load(weights);
        }
        base.train(false);
        return base;
    }

    private static DiffusionTransformer sharing(DiffusionTransformer model) {
        DiffusionTransformer copy = new DiffusionTransformer(model.config());
        Lora.attachLike(model, copy);
        List<Parameter> originals = parameters(model);
        List<Parameter> shared = parameters(copy);
        for (int i = 0; i < shared.size(); i++) {
            Tensor original = originals.get(i).value();
            shared.get(i).set(original.detach());
            shared.get(i).value().requiresGrad(original.requiresGrad());
        }
        copy.train(true);
        return copy;
    }

    /** Lets the loss ask a model that is trained in turns with this one; it stays the caller's. */
    void ask(DiffusionTransformer rival) {
        others = others.withRival(rival);
    }

    /** Returns how many micro-batches are computed at once. */
    int count() {
        return models.size();
    }

    /**
     * Adds the gradients of some micro-batches to those of the model.
     *
     * @param batches as many as there are workers; closed when this returns
     * @throws NonFiniteException if a loss is infinite or not a number
     */
    List<LossReport> accumulate(List<MicroBatch> batches, long step, StepTimes.Watch watch) {
        return accumulate(batches, step, watch, null);
    }

    /**
     * Adds the gradients of the last micro-batch of a step, while those that are complete are exchanged.
     *
     * @param overlap null for none, as always with several workers
     */
    List<LossReport> accumulate(List<MicroBatch> batches, long step, StepTimes.Watch watch, @Nullable Overlap overlap) {
        List<Gradients> results = threads.isEmpty()
                ? List.of(compute(0, batches.getFirst(), step, overlap))
                : await(start(batches, step));
        addToFirst();
        watch.lap(Part.FORWARD, results.getFirst().forward(), Part.BACKWARD);
        return results.stream().map(Gradients::report).toList();
    }

    /** Checks that the micro-batches of a step have left gradients. */
    void requireGradients(long step) {
        OwnPart.of(loss, step).requireGradients(models.getFirst().parameters().values());
    }

    /** Forgets what the micro-batches of a step have left behind, in the model and its copies. */
    void clearGradients() {
        models.forEach(GradientWorkers::clearGradients);
    }

    private List<CompletableFuture<Gradients>> start(List<MicroBatch> batches, long step) {
        List<CompletableFuture<Gradients>> started = new ArrayList<>();
        for (int i = 0; i < batches.size(); i++) {
            int worker = i;
            started.add(CompletableFuture.supplyAsync(
                    () -> compute(worker, batches.get(worker), step, null), threads.get(i)));
        }
        return started;
    }

    /** Waits for all, also when one fails or this thread is interrupted: nothing may still run when a step ends. */
    private static List<Gradients> await(List<CompletableFuture<Gradients>> started) {
        try {
            CompletableFuture.allOf(started.toArray(CompletableFuture[]::new)).join();
            return started.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    private Gradients compute(int worker, MicroBatch micro, long step, @Nullable Overlap overlap) {
        DiffusionTransformer model = models.get(worker);
        DType lower = plan.precision().lower();
        long begin = System.nanoTime();
        try (micro;
                TensorScope _ = TensorScope.open();
                BlockwisePass pass = blockwise(model, overlap != null)) {
            ModelPass context = ModelPass.of(model, step, micro.draws())
                    .through(pass == null ? model : pass, lower)
                    .beside(others);
            TrainingBatch batch = on(model, micro.batch());
            OwnPart part = OwnPart.of(loss, step);
            int samples = batch.samples();
            LossTerms terms = part.requireTerms(
                    part.call(() -> loss.compute(context, batch)), plan.model().modalities(), samples);
            LossReport report = LossReport.of(terms);
            double forward = (System.nanoTime() - begin) / 1e9;
            if (!report.isFinite()) {
                throw new NonFiniteException(step + 1, report, fault(micro));
            }
            part.requireFinite(report);
            Tensor scaled = update.scaled(share(terms.total()));
            if (overlap != null) {
                overlap.begin().run();
            }
            Consumer<List<Parameter>> complete = overlap == null ? _ -> {} : overlap.complete();
            part.backward(() -> {
                if (pass == null) {
                    scaled.backward();
                } else {
                    pass.backward(scaled, complete);
                }
            });
            return new Gradients(report, forward);
        }
    }

    /** Returns a pass from block to block; null where an ordinary one will do. */
    private @Nullable BlockwisePass blockwise(DiffusionTransformer model, boolean overlapped) {
        if (plan.activationCheckpointing()) {
            return BlockwisePass.recomputing(model, plan.precision().lower());
        }
        return overlapped ? BlockwisePass.keeping(model) : null;
    }

    private static TrainingBatch on(DiffusionTransformer model, TrainingBatch batch) {
        return new TrainingBatch(
                batch.latents().to(model.device()), batch.labels(), batch.features(), batch.validity());
    }

    private Tensor share(Tensor total) {
        return plan.gradientAccumulation() == 1 ? total : total.mul(1.0 / plan.gradientAccumulation());
    }

    /** Tells data that are to blame from weights that are. */
    private String fault(MicroBatch micro) {
        if (micro.fault() != null) {
            return micro.fault();
        }
        return loss instanceof VelocityLoss ? "the loss" : "the loss " + PartCheck.nameOf(loss);
    }

    private void addToFirst() {
        if (models.size() == 1) {
            return;
        }
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor one = Torch.scalar(1).to(models.getFirst().device(), DType.FLOAT32);
            List<Parameter> sums = parameters(models.getFirst());
            for (DiffusionTransformer copy : models.subList(1, models.size())) {
                List<Parameter> addends = parameters(copy);
                for (int i = 0; i < sums.size(); i++) {
                    add(sums.get(i), addends.get(i), one);
                }
                clearGradients(copy);
            }
        }
    }

    private static void add(Parameter sum, Parameter addend, Tensor one) {
        Tensor gradient = addend.value().requiresGrad() ? addend.value().grad() : null;
        if (gradient != null) {
            Tensor before = sum.value().grad();
            if (before == null) {
                throw new IllegalStateException("a parameter of shape " + sum.shape()
                        + " got a gradient from some micro-batches only; train with one worker");
            }
            before.addProduct_(gradient, one);
        }
    }

    private static void clearGradients(DiffusionTransformer model) {
        parameters(model).forEach(parameter -> parameter.value().clearGrad());
    }

    private static List<Parameter> parameters(DiffusionTransformer model) {
        return List.copyOf(model.parameters().values());
    }

    /** Ends the threads and frees the copies. Closing twice has no effect. */
    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
        models.subList(1, models.size()).forEach(DiffusionTransformer::close);
        models.subList(1, models.size()).clear();
        others.close();
    }
}
