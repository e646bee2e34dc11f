package dev.mmgen.examples.cli;

import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.LoadedBatches;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.PrecomputedSource;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.log.EventFile;
import dev.mmgen.train.log.MetricsTable;
import dev.mmgen.train.log.StepCurves;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mmgen train}: from the files of the official implementation to its checkpoints. */
@Command(
        name = "train",
        description = "Trains a model on precomputed latents. In a folder with checkpoints it goes on from the latest.",
        mixinStandardHelpOptions = true)
final class Train implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Mixin
    private final PlanOptions plan = new PlanOptions();

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the samples.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = "--moments",
            paramLabel = "MODALITY=FILE",
            required = true,
            description = "HDF5 moments of a modality, in the model's order: --moments rgb=rgb.h5 --moments depth=depth.h5 ...")
    @SuppressWarnings("NullAway.Init")
    private Map<String, Path> moments;

    @Option(names = "--features", paramLabel = "FILE", description = "HDF5 DINOv2 tokens, for representation alignment.")
    private @Nullable Path features;

    @Option(names = {"-o", "--out"}, paramLabel = "FOLDER", required = true, description = "Where checkpoints and logs go.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(names = "--from", paramLabel = "FILE",
            description = "First weights: the averages of a .pt checkpoint. Default: drawn from the seed.")
    private @Nullable Path from;

    @Mixin
    private final LatentOptions latents = new LatentOptions();

    @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "cpu", description = "cpu, cuda or cuda:N. Default: cpu.")
    private String device = "cpu";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one operator. Default: one per core.")
    private @Nullable Integer threads;

    @Option(names = "--workers", paramLabel = "N", defaultValue = "1",
            description = "How many parts of a batch are computed at once, each with its share of the threads. Default: 1.")
    private int workers = 1;

    @Override
    public void run() {
        if (threads != null) {
            Torch.setThreads(threads);
        }
        TrainingPlan wanted = plan.plan();
        List<String> names = ModalitySet.ofNames(List.copyOf(moments.keySet())).list().stream().map(Modality::name).toList();
        requireFit(wanted, names);
        PrecomputedSource source = PrecomputedSource.open(List.copyOf(moments.values()), features);
        LoaderConfig batches = LoaderConfig.ofBatch(wanted.samplesAtOnce()).withSeed(wanted.seed());
        try (Dataset data = new Dataset(JsonlIndex.read(index), source, shape(wanted));
                LoadedBatches loaded = new LoadedBatches(data, batches, latents.normalization());
                DiffusionTransformer model = model(wanted);
                Trainer trainer = new Trainer(wanted, model, loaded, workers);
                TrainingRun<StepReport> run = TrainingRun.open(out, trainer)) {
            train(run, wanted, names);
        }
    }

    private void train(TrainingRun<StepReport> run, TrainingPlan wanted, List<String> names) {
        latents.note(out);
        try (MetricsTable table = MetricsTable.open(out.resolve("metrics.csv"), names, run.resumedAt());
                EventFile events = EventFile.begin(out.resolve("events"), run.resumedAt() + 1);
                TrainingProgress progress = new TrainingProgress(run.resumedAt(), wanted.steps())) {
            run.onStep(table).onStep(new StepCurves(events, names)).onStep(progress).train();
        }
        run.folder().latest().ifPresent(System.out::println);
    }

    private void requireFit(TrainingPlan wanted, List<String> names) {
        if (names.size() != wanted.model().modalities()) {
            throw new ParameterException(command.commandLine(), "The plan's model has " + wanted.model().modalities()
                    + " modalities, but --moments names " + names.size() + ": " + String.join(", ", names));
        }
        if (wanted.objective().needsFeatures() && features == null) {
            throw new ParameterException(command.commandLine(), "The plan aligns representations: give --features FILE,"
                    + " or --alignment 0, or a plan whose objective has \"alignment\": \"SELF\"");
        }
    }

    private SampleShape shape(TrainingPlan wanted) {
        var model = wanted.model();
        int grid = model.inputSize() / model.patchSize();
        boolean aligned = features != null && wanted.objective().needsFeatures();
        return new SampleShape(
                model.modalities(),
                model.latentChannels(),
                model.inputSize(),
                model.inputSize(),
                aligned ? grid * grid : 0,
                aligned ? model.projections().getFirst() : 0);
    }

    private DiffusionTransformer model(TrainingPlan wanted) {
        DiffusionTransformer model = wanted.newModel();
        try {
            if (from != null) {
                FirstWeights.load(model, from);
            }
            model.to(Device.parse(device), DType.FLOAT32);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }
}
