package dev.mmgen.train.finetune;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.lora.Lora;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.HeadStart;
import dev.mmgen.train.Parallelism;
import dev.mmgen.train.RankFailures;
import dev.mmgen.train.Ranks;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.Training;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.checkpoint.TrainingFolder;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.finetune.FineTuning.Encoded;
import dev.mmgen.train.finetune.FineTuning.Result;
import dev.mmgen.train.finetune.FineTuning.Start;
import dev.mmgen.train.log.EventFile;
import dev.mmgen.train.log.MetricsTable;
import dev.mmgen.train.log.StepCurves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The work of a {@link FineTuning} in its folder: check, encode, train, measure, and write the model. */
final class FineTuningRun {

    private static final int TIMED_FROM = 3;
    private static final int TIMED_TO = 10;
    private static final int SHEETS = 5;

    private final FineTuning request;
    private final Path folder;
    private final FineTuningPlan tuning;
    private final FineTuningPictures pictures;
    private final AutoencoderKl network;
    private final Parallelism hands;
    private final Ranks ranks;
    private final HeadStart headStart;
    private TrainingPlan plan;
    /** Of the latents, once they are there. */
    private @Nullable LatentNormalization restoring;

    private FineTuningRun(
            FineTuning request,
            Path folder,
            FineTuningPlan tuning,
            FineTuningPictures pictures,
            AutoencoderKl network) {
        this.request = request;
        this.folder = folder;
        this.tuning = tuning;
        this.pictures = pictures;
        this.network = network;
        this.hands = Parallelism.NONE.withGroup(request.settings.group);
        this.ranks = Ranks.of(request.settings.group);
        this.headStart = new HeadStart(ranks);
        this.plan = planned(request.settings.length);
    }

    /** Work on what was checked. */
    private interface Work<T> {
        T of(FineTuningRun run);
    }

    private static <T> T checked(FineTuning request, Path folder, Work<T> work) {
        FineTuningPlan wanted = request.settings.tuning(request.model);
        FineTuningPictures pictures = FineTuningPictures.open(request, wanted, folder.resolve("pictures"));
        FineTuningPlan tuning = wanted.withClasses(pictures.classes());
        try (AutoencoderKl network = request.model.autoencoder()) {
            network.to(request.settings.device, DType.FLOAT32);
            return work.of(new FineTuningRun(request, folder, tuning, pictures, network));
        }
    }

    static TrainingPlan plan(FineTuning request) {
        try {
            Path temporary = Files.createTempDirectory("mmgen-pictures-");
            try {
                return checked(request, temporary, run -> run.plan);
            } finally {
                AtomicFolder.delete(temporary);
            }
        } catch (IOException e) {
            throw new IllegalStateException("no temporary folder can be made or deleted: " + FileReason.writing(e), e);
        }
    }

    static Result run(FineTuning request, Path folder) {
        Ranks ranks = Ranks.of(request.settings.group);
        return new RankFailures(ranks).tell(() -> {
            new HeadStart(ranks).await();
            return checked(request, folder, FineTuningRun::run);
        });
    }

    private TrainingPlan planned(FineTuningSettings.@Nullable Length length) {
        List<String> names =
                tuning.modalities().list().stream().map(Modality::name).toList();
        TrainingPlan planned = request.settings
                .plan(tuning, length, pictures.training().size(), network.factor(), this::decode)
                .withModalities(names);
        if (planned.loss().needsAllModalities()) {
            pictures.requireAll(names, request.settings.latents.keySet());
        }
        return planned;
    }

    /** The check of the optimizer's names and of the adapter to go on with, before hours of encoding. An adapter's matrices are there only later. */
    private void requireOptimizer() {
        request.model.adapter().ifPresent(adapter -> adapter.requireLike(plan.lora()));
        if (plan.lora() == null) {
            try (DiffusionTransformer shape = new DiffusionTransformer(plan.model())) {
                plan.optimization().requireFit(shape);
            }
        }
    }

    private Tensor decode(Tensor latents, int modality) {
        if (restoring == null) {
            throw new IllegalStateException("pictures are decoded once the steps begin, not before");
        }
        return network.decode(restoring.restore(latents, modality));
    }

    private Result run() {
        if (request.settings.data != null) {
            pictures.requireOutside(request.settings.data, folder);
        }
        requireOptimizer();
        int size = plan.model().inputSize() * network.factor();
        List<String> names =
                plan.modalityNames().stream().map(TrainingData::indexName).toList();
        Path latents = folder.resolve("latents");
        LatentCache.Request wanted = new LatentCache.Request(pictures.all(), names, size, request.settings.latents);
        ReadyLatents.of(request.settings, plan.modalityNames()).requireShape(plan.model(), size);
        DiskSpace.require(folder, plan, LatentCache.missing(latents, wanted));
        RunNote.of(tuning, pictures, size, request.settings).claim(folder);
        RunNote.plan(folder)
                .ifPresent(before -> plan = plan.withGradientAccumulation(
                        plan.batchSize() % before.gradientAccumulation() == 0 ? before.gradientAccumulation() : 1));
        plan = hands.fit(plan);
        if (ranks.isFirst()) {
            request.model.copyAutoencoder(folder.resolve(ModelFolder.AUTOENCODER));
        }
        Map<String, String> bad = new LinkedHashMap<>();
        LatentCache cache = LatentCache.open(latents, wanted, network, this::tell, bad);
        TransformerConfig shape = plan.model();
        SampleShape samples =
                SampleShape.of(shape.modalities(), shape.latentChannels(), shape.inputSize(), shape.inputSize());
        try (Dataset data = new Dataset(JsonlIndex.of(pictures.training()), cache, samples)) {
            LatentNormalization normalization = request.model.normalization(
                    plan.modalityNames(), modality -> cache.statistics(TrainingData.indexName(modality)));
            restoring = normalization;
            plan = timed(data, normalization);
            if (ranks.isFirst() && !isDone()) {
                RunNote.write(folder, plan);
            }
            headStart.end();
            DecodedPictures decoded =
                    new DecodedPictures(cache, request.settings.latents.keySet(), network, folder.resolve("pictures"));
            HeldOut heldOut = new HeldOut(
                    decoded.of(pictures.heldOut(), HeldOut.MEASURED),
                    decoded.of(pictures.training(), HeldOut.AVERAGED),
                    size);
            return train(data, normalization, heldOut, bad);
        }
    }

    /** Returns true if nothing is left to do, and what an earlier run wrote of it holds. */
    private boolean isDone() {
        return Files.exists(folder.resolve("config.json"))
                && TrainingFolder.watch(folder).latestSteps() >= plan.steps();
    }

    private void tell(String modality, int done, int all) {
        headStart.sign();
        request.encodings.forEach(listener -> listener.accept(new Encoded(modality, done, all)));
    }

    /** Returns a model with the first weights for this run's plan, or that of its critic. */
    private DiffusionTransformer first(TrainingPlan trained) {
        DiffusionTransformer model = tuning.load(trained);
        try {
            model.to(request.settings.device, DType.FLOAT32);
            request.model.adapter().ifPresent(adapter -> adapter.layOver(model, trained.lora() != null));
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Returns the plan with as many steps as fit into the minutes, if that is its length; an earlier run's number stays. */
    private TrainingPlan timed(Dataset data, LatentNormalization normalization) {
        if (!(request.settings.length instanceof FineTuningSettings.Length.Minutes minutes)) {
            return plan;
        }
        long steps = RunNote.plan(folder)
                .map(TrainingPlan::steps)
                .orElseGet(() -> Math.max(
                        1, (long) (ranks.size() * 60 * minutes.count() / secondsPerStep(data, normalization))));
        return planned(new FineTuningSettings.Length.Steps(steps))
                .withGradientAccumulation(plan.gradientAccumulation());
    }

    private double secondsPerStep(Dataset data, LatentNormalization normalization) {
        try (OpenTraining open =
                OpenTraining.of(plan, new OpenTraining.Parts(data, normalization, this::first, Parallelism.NONE))) {
            Training<StepReport> training = open.in(folder);
            long begin = System.nanoTime();
            for (int step = 0; step < TIMED_TO; step++) {
                begin = step == TIMED_FROM ? System.nanoTime() : begin;
                training.step();
            }
            return (System.nanoTime() - begin) / 1e9 / (TIMED_TO - TIMED_FROM);
        }
    }

    private Result train(Dataset data, LatentNormalization normalization, HeldOut heldOut, Map<String, String> bad) {
        boolean done = isDone();
        try (OpenTraining open =
                OpenTraining.of(plan, new OpenTraining.Parts(data, normalization, this::first, hands))) {
            Trainer trainer = open.trainer()
                    .describedBy(
                            request.settings.described(tuning.settings(), plan, normalization),
                            folder.resolve(ModelFolder.AUTOENCODER));
            if (!ranks.isFirst()) {
                return follow(open);
            }
            Map<String, HeldOut.Bounds> bounds = heldOut.bounds(trainer.modelConfig(), network);
            Map<String, Double> before = errors(trainer, heldOut);
            try (TrainingRun<StepReport> run = TrainingRun.open(folder, open.in(folder))) {
                train(run, trainer, heldOut, new FineTuningWarnings(request, plan, pictures).of(bad, bounds));
                Map<String, Double> after = errors(trainer, heldOut);
                Map<String, FineTuning.Reading> readings = new LinkedHashMap<>();
                bounds.forEach((modality, bound) -> readings.put(
                        modality,
                        new FineTuning.Reading(
                                bound.meanPicture(),
                                bound.autoencoder(),
                                before.getOrDefault(modality, Double.NaN),
                                after.getOrDefault(modality, Double.NaN))));
                if (!done) {
                    write(trainer, readings);
                }
                boolean finished = trainer.stepsMade() >= plan.steps();
                return new Result(folder, trainer.stepsMade(), finished, readings);
            }
        }
    }

    /** Makes the steps of a rank that neither writes nor measures. */
    private Result follow(OpenTraining open) {
        try (TrainingRun<StepReport> run = TrainingRun.open(folder, open.in(folder))) {
            request.running(run);
            run.train();
            long made = open.trainer().stepsMade();
            return new Result(folder, made, made >= plan.steps(), Map.of());
        }
    }

    private Map<String, Double> errors(Trainer trainer, HeldOut heldOut) {
        try (DiffusionTransformer ema = trainer.emaModel()) {
            return heldOut.errors(trainer.modelConfig(), ema, network);
        }
    }

    private void train(TrainingRun<StepReport> run, Trainer trainer, HeldOut heldOut, List<String> warnings) {
        List<String> names = plan.modalityNames();
        Start start = new Start(
                plan,
                run.resumedAt(),
                pictures.training().size(),
                pictures.heldOut().size(),
                warnings);
        request.beginnings.forEach(listener -> listener.accept(start));
        try (MetricsTable table = MetricsTable.open(folder.resolve("metrics.csv"), names, run.resumedAt());
                EventFile events = EventFile.begin(folder.resolve("events"), run.resumedAt() + 1)) {
            run.onStep(table).onStep(new StepCurves(events, names));
            long every = sheetsEvery();
            if (every > 0 && !heldOut.isEmpty()) {
                run.onStep(step -> {
                    if (step.step() % every == 0) {
                        sheet(step.step(), trainer, heldOut);
                    }
                });
            }
            request.listeners.forEach(run::onStep);
            request.running(run);
            run.train();
        }
    }

    private long sheetsEvery() {
        Long given = request.settings.picturesEvery;
        return given == null ? Math.max(1, plan.steps() / SHEETS) : given;
    }

    private void sheet(long step, Trainer trainer, HeldOut heldOut) {
        Path file = folder.resolve("samples").resolve(String.format(Locale.ROOT, "held-out-%07d.png", step));
        try (DiffusionTransformer ema = trainer.emaModel()) {
            heldOut.sheet(trainer.modelConfig(), ema, network).write(file);
        }
    }

    /** Returns how an adapter is to be sampled that was taught more than the model under it. */
    private Optional<StudentSettings> student(ModelConfig made) {
        return made.distilled().equals(request.model.bare().distilled())
                ? Optional.empty()
                : Optional.of(StudentSettings.of(made));
    }

    /** Writes the model; its settings come last, so that a folder with settings is whole. */
    private void write(Trainer trainer, Map<String, FineTuning.Reading> readings) {
        ModelConfig config = trainer.modelConfig();
        ModelCard.write(
                folder,
                tuning,
                plan,
                new ModelCard.Figures(
                        trainer.stepsMade(),
                        TrainedWeights.of(trainer.model(), plan.optimization().rateFactors()),
                        pictures,
                        readings,
                        config.distilled(),
                        request.settings.lesson));
        Lora lora = trainer.lora();
        if (lora != null) {
            try (StateDict ema = trainer.ema().state()) {
                lora.save(folder.resolve("adapter"), ema, student(config));
            }
        }
        try (DiffusionTransformer ema = trainer.emaModel();
                StateDict weights = ema.state()) {
            ModelFolder.write(folder, config, weights);
        }
    }
}
