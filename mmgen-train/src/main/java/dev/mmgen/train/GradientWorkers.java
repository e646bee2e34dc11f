package dev.mmgen.train;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.RecomputedPass;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Autocast;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.lora.Lora;
import dev.mmgen.train.loss.AlignmentTarget;
import dev.mmgen.train.loss.LossParts;
import dev.mmgen.train.loss.NoisyBatch;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Computes the gradients of parts of a batch at the same time. Every worker but the first has a copy of the model that shares
 * its weights and has gradients of its own; they are added in the order of the parts, so that the sum does not depend on the
 * number of workers.
 */
final class GradientWorkers implements AutoCloseable {

    private final TrainingPlan plan;
    private final VelocityLoss loss;
    private final WeightUpdate update;
    private final @Nullable AlignmentTarget teacher;
    private final List<DiffusionTransformer> models = new ArrayList<>();
    private final List<ExecutorService> threads = new ArrayList<>();

    private record Gradients(LossReport report, double forward) {}

    /**
     * Takes workers that {@link #requireFit} accepts.
     *
     * @param model   whose parameters require gradients already where they are trained; stays the caller's
     * @param teacher what tokens are aligned with; null for the features of the batches
     */
    GradientWorkers(
            TrainingPlan plan,
            VelocityLoss loss,
            DiffusionTransformer model,
            WeightUpdate update,
            int workers,
            @Nullable AlignmentTarget teacher) {
        this.plan = plan;
        this.loss = loss;
        this.update = update;
        this.teacher = teacher;
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

    /**
     * Checks a number of workers.
     *
     * @throws IllegalArgumentException if the plan's parts do not divide among them
     */
    static void requireFit(TrainingPlan plan, int workers) {
        if (workers < 1 || plan.accumulation() % workers != 0) {
            throw new IllegalArgumentException("batches in " + plan.accumulation() + " parts for " + workers
                    + " workers; set 'accumulation' to a multiple of the workers");
        }
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

    /** Returns how many parts are computed at once. */
    int count() {
        return models.size();
    }

    /**
     * Adds the gradients of some parts to those of the model.
     *
     * @param parts as many as there are workers; closed when this returns
     * @throws NonFiniteException if a loss is infinite or not a number
     */
    List<LossReport> accumulate(List<DrawnBatch> parts, long step, StepTimes.Watch watch) {
        List<Gradients> results =
                threads.isEmpty() ? List.of(compute(0, parts.getFirst(), step)) : await(start(parts, step));
        addToFirst();
        watch.lap(Part.FORWARD, results.getFirst().forward(), Part.BACKWARD);
        List<LossReport> reports = results.stream().map(Gradients::report).toList();
        for (LossReport report : reports) {
            if (!report.isFinite()) {
                throw new NonFiniteException(step + 1, report, "the loss");
            }
        }
        return reports;
    }

    /** Forgets what parts of a batch have left behind, in the model and its copies. */
    void clearGradients() {
        models.forEach(GradientWorkers::clearGradients);
    }

    private List<CompletableFuture<Gradients>> start(List<DrawnBatch> parts, long step) {
        List<CompletableFuture<Gradients>> started = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            int worker = i;
            started.add(CompletableFuture.supplyAsync(() -> compute(worker, parts.get(worker), step), threads.get(i)));
        }
        return started;
    }

    /** Waits for all, also when one fails or this thread is interrupted: nothing may still run when a step ends. */
    private static List<Gradients> await(List<CompletableFuture<Gradients>> started) {
        try {
            CompletableFuture.allOf(started.toArray(CompletableFuture[]::new)).join();
            return started.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private Gradients compute(int worker, DrawnBatch part, long step) {
        DiffusionTransformer model = models.get(worker);
        long begin = System.nanoTime();
        try (part;
                TensorScope _ = TensorScope.open();
                RecomputedPass pass = new RecomputedPass(model, plan.precision().lower())) {
            TrainingBatch batch = part.batch();
            NoisyBatch noisy =
                    loss.prepare(model.config(), batch.latents().to(model.device()), batch.labels(), part.draws());
            LossParts parts = forward(plan.activationCheckpointing() ? pass : model, noisy, batch.features(), step);
            LossReport report = LossReport.of(parts);
            double forward = (System.nanoTime() - begin) / 1e9;
            if (report.isFinite()) {
                Tensor share =
                        plan.accumulation() == 1 ? parts.total() : parts.total().mul(1.0 / plan.accumulation());
                Tensor scaled = update.scaled(share);
                if (plan.activationCheckpointing()) {
                    pass.backward(scaled);
                } else {
                    scaled.backward();
                }
            }
            return new Gradients(report, forward);
        }
    }

    private LossParts forward(VelocityModel model, NoisyBatch noisy, @Nullable Tensor features, long step) {
        AlignmentTarget target =
                teacher != null || features == null ? teacher : AlignmentTarget.features(List.of(features));
        return Autocast.computing(
                noisy.input().device().type(),
                plan.precision().lower(),
                () -> loss.compute(model, noisy, target, step));
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
                List<Parameter> parts = parameters(copy);
                for (int i = 0; i < sums.size(); i++) {
                    add(sums.get(i), parts.get(i), one);
                }
                clearGradients(copy);
            }
        }
    }

    private static void add(Parameter sum, Parameter part, Tensor one) {
        Tensor gradient = part.value().requiresGrad() ? part.value().grad() : null;
        if (gradient != null) {
            Tensor before = sum.value().grad();
            if (before == null) {
                throw new IllegalStateException("a parameter of shape " + sum.shape()
                        + " got a gradient from some parts of a" + " batch only; train with one worker");
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
    }
}
