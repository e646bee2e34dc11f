package dev.mmgen.examples.cli;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.LoadedBatches;
import dev.mmgen.train.Precision;
import dev.mmgen.train.SampleGrid;
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
import dev.mmgen.train.lora.Lora;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The files to train on, where results go, and the machine. */
final class TrainingOptions {

    private static final int SAMPLED_CLASSES = 8;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

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

    @Mixin
    private final LatentOptions latents = new LatentOptions();

    @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "cpu", description = "cpu, cuda or cuda:N. Default: cpu.")
    private String device = "cpu";

    @Mixin
    private final ThreadOption threads = new ThreadOption();

    @Option(names = "--workers", paramLabel = "N", defaultValue = "1",
            description = "How many parts of a batch are computed at once, each with its share of the threads. Default: 1.")
    private int workers = 1;

    @Option(names = "--pictures", paramLabel = "STEPS",
            description = "How often losses.png and, with --vae, samples are drawn; 0 for never. Default: 10000. In finetune, as"
                    + " often as checkpoints.")
    private @Nullable Long pictures;

    @Option(names = "--vae", paramLabel = "FOLDER",
            description = "The autoencoder (diffusers layout) for pictures of samples. Default: no such pictures.")
    private @Nullable Path autoencoder;

    /** Returns the files of moments by the names of their modalities, in the model's order. */
    Map<String, Path> moments() {
        return moments;
    }

    /** Returns true if the data comes with features. */
    boolean haveFeatures() {
        return features != null;
    }

    /**
     * Trains a model in the folder, from where an earlier run there ended.
     *
     * @param wanted  what neither its names nor {@code --moments} say is as in the official recipe
     * @param drawing steps from one drawing of pictures to the next unless an option says otherwise
     * @param first   makes the model to begin with, of the plan's shape
     * @param normal  how its latents are normalised unless options say otherwise
     */
    void train(
            TrainingPlan wanted,
            long drawing,
            Supplier<DiffusionTransformer> first,
            Supplier<LatentNormalization> normal) {
        threads.apply();
        TrainingPlan plan = named(wanted);
        if (plan.precision() == Precision.FLOAT16 && Device.parse(device).equals(Device.CPU)) {
            System.err.println("float16 is slow on most processors; --precision bfloat16 is faster on those that compute with it,"
                    + " --precision float32 on the others");
        }
        latents.defaultTo(normal);
        boolean aligned = plan.objective().needsFeatures();
        if (aligned && features == null) {
            throw new ParameterException(command.commandLine(), "The plan aligns representations: give --features FILE,"
                    + " or --alignment 0, or a plan whose objective has \"alignment\": \"SELF\"");
        }
        PrecomputedSource source = PrecomputedSource.open(List.copyOf(moments.values()), aligned ? features : null);
        LoaderConfig batches = LoaderConfig.ofBatch(plan.samplesAtOnce()).withSeed(plan.seed());
        try (Dataset data = new Dataset(JsonlIndex.read(index), source, shape(plan.model(), aligned));
                LoadedBatches loaded = new LoadedBatches(data, batches, latents.normalization());
                DiffusionTransformer model = onDevice(first.get());
                Trainer trainer = new Trainer(plan, model, loaded, workers);
                TrainingRun<StepReport> run = TrainingRun.open(out, trainer)) {
            if (run.resumedAt() >= plan.steps()) {
                System.err.println(out + " has made " + run.resumedAt() + " steps already; give --steps more to go on");
            }
            drawSamples(run, plan, trainer, pictures == null ? drawing : pictures);
            saveCorrections(trainer);
        }
    }

    /** Returns the plan with the names that the files have, which must be those of the plan if it has some. */
    private TrainingPlan named(TrainingPlan plan) {
        List<String> names = ModalitySet.ofNames(List.copyOf(moments.keySet())).list().stream().map(Modality::name).toList();
        if (names.size() != plan.model().modalities()) {
            throw new ParameterException(command.commandLine(), "The plan's model has " + plan.model().modalities()
                    + " modalities, but --moments names " + names.size() + ": " + String.join(", ", names));
        }
        if (!plan.modalities().isEmpty() && !ModalitySet.ofNames(plan.modalities()).equals(ModalitySet.ofNames(names))) {
            throw new ParameterException(command.commandLine(), "The model's modalities are "
                    + String.join(", ", plan.modalities()) + ", but --moments names " + String.join(", ", names));
        }
        return plan.withModel(plan.model(), names);
    }

    private static SampleShape shape(TransformerConfig model, boolean aligned) {
        int grid = model.inputSize() / model.patchSize();
        return new SampleShape(
                model.modalities(),
                model.latentChannels(),
                model.inputSize(),
                model.inputSize(),
                aligned ? grid * grid : 0,
                aligned ? model.projections().getFirst() : 0);
    }

    private DiffusionTransformer onDevice(DiffusionTransformer model) {
        try {
            model.to(Device.parse(device), DType.FLOAT32);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void drawSamples(TrainingRun<StepReport> run, TrainingPlan plan, Trainer trainer, long every) {
        if (autoencoder == null || every == 0) {
            train(run, plan, every);
            return;
        }
        ModelConfig config = ModelConfig.standard(plan.model(), Interpolant.named(plan.objective().path()))
                .withModalities(plan.modalityNames())
                .with(latents.normalization());
        try (AutoencoderKl network = AutoencoderFolder.open(autoencoder)) {
            run.onStep(new SampleGrid(trainer, config, network, out.resolve("samples"), every, SAMPLED_CLASSES));
            train(run, plan, every);
        }
    }

    private void train(TrainingRun<StepReport> run, TrainingPlan plan, long every) {
        latents.note(out);
        List<String> names = plan.modalityNames();
        try (MetricsTable table = MetricsTable.open(out.resolve("metrics.csv"), names, run.resumedAt());
                EventFile events = EventFile.begin(out.resolve("events"), run.resumedAt() + 1);
                TrainingProgress progress = new TrainingProgress(run.resumedAt(), plan.steps())) {
            if (every > 0) {
                run.onStep(new LossPlot(out.resolve("losses.png"), every, names, table.losses()));
            }
            run.onStep(table).onStep(new StepCurves(events, names)).onStep(progress).train();
        }
        run.folder().latest().ifPresent(System.out::println);
    }

    private void saveCorrections(Trainer trainer) {
        Lora lora = trainer.lora();
        if (lora != null) {
            try (StateDict averages = trainer.average().state()) {
                lora.save(out.resolve("adapter"), averages);
            }
            System.out.println(out.resolve("adapter"));
        }
    }
}
