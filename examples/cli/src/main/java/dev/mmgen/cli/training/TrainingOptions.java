package dev.mmgen.cli.training;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.cli.console.LeftOut;
import dev.mmgen.cli.console.OrderlyEnd;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.TrainingProgress;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.Lora;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.Parallelism;
import dev.mmgen.train.Precision;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.batch.LoadedBatches;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.finetune.DataEncoders;
import dev.mmgen.train.finetune.MachineDefaults;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.log.EventFile;
import dev.mmgen.train.log.MetricsTable;
import dev.mmgen.train.log.SampleGrid;
import dev.mmgen.train.log.StepCurves;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a training run: data, folder, latents, pictures and machine. */
@Command(
        optionListHeading = "%nRun:%n",
        footerHeading = "%nWhat a run writes into FOLDER:%n",
        footer = {
            "  checkpoints/   0050000.pt and so on: weights, their EMA, and all that",
            "                 is needed to go on; of safetensors, folders that are models",
            "  metrics.csv    loss, learning rate and times of every step",
            "  events/        the same for TensorBoard",
            "  losses.png     the losses so far, at intervals (--pictures)",
            "  samples/       pictures that the EMA draws, at intervals (--vae)",
            "  latents.json   how latents are normalised, for 'mmgen convert'",
            "  adapter/       the LoRA adapter of a fine-tuning with --lora"
        })
final class TrainingOptions {

    private static final int SAMPLED_CLASSES = 8;

    /**
     * The beginning of a training.
     *
     * @param model       makes it, of the plan's shape
     * @param normal      how latents of such modalities are normalised unless options say otherwise; it may measure those of the data
     * @param known       the settings that it had; null for a new model
     * @param autoencoder the folder of its autoencoder, if there is one
     */
    record Beginning(
            Supplier<DiffusionTransformer> model,
            BiFunction<List<String>, PretrainedModel.Measurement, LatentNormalization> normal,
            @Nullable ModelConfig known,
            @Nullable Path autoencoder) {}

    @Mixin
    private final DataOptions data = new DataOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "The folder of the run: checkpoints and logs, in finetune --data the model too.")
    private @Nullable Path out;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Mixin
    private final LatentOptions latents = new LatentOptions();

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "How many micro-batches are computed at once, each with its share of the threads. Default: 1.")
    private int workers = 1;

    @Option(
            names = "--pictures",
            paramLabel = "STEPS",
            description =
                    "How often losses.png and, with --vae, samples are drawn; 0 for never. Default: 10000. In finetune, as"
                            + " often as checkpoints.")
    private @Nullable Long pictures;

    /** Returns the folder of the run. */
    Path out() {
        if (out == null) {
            throw new ParameterException(command.commandLine(), "Missing required option: '--out=FOLDER'");
        }
        return out;
    }

    /** Returns the options of the data. */
    DataOptions data() {
        return data;
    }

    /** Returns how often pictures are drawn; null where no option says it. */
    @Nullable
    Long pictures() {
        return pictures;
    }

    /** Sets the number of threads and returns the device. */
    Device device() {
        return machine.apply();
    }

    /** Returns a plan with the precision of the device and a batch that fits the samples, for options to be laid over. */
    TrainingPlan fitted(TrainingPlan plan) {
        TrainingPlan fast = plan.withPrecision(Precision.fastest(machine.apply()));
        return data.index() == null ? fast : fast.withBatchSize(MachineDefaults.batch(data.size(), plan.batchSize()));
    }

    /** Returns true if the data comes with features. */
    boolean haveFeatures() {
        return data.haveFeatures();
    }

    /**
     * Trains a model in the folder, from where an earlier run there ended.
     *
     * @param wanted  what neither its names nor {@code --moments} say is as in the official recipe
     * @param drawing steps from one drawing of pictures to the next unless an option says otherwise
     * @param first   what to begin with
     */
    void train(TrainingPlan wanted, long drawing, Beginning first) {
        Processes.run(group -> train(
                wanted, drawing, first, Parallelism.NONE.withWorkers(workers).withGroup(group)));
    }

    private void train(TrainingPlan wanted, long drawing, Beginning first, Parallelism hands) {
        Device device = machine.apply();
        TrainingPlan named = data.named(wanted);
        TrainingPlan plan = hands.group() == null ? named : hands.fit(named);
        long every = pictures == null ? drawing : pictures;
        try (DataEncoders encoders = data.encoders(plan, device, every > 0)) {
            latents.defaultTo(() ->
                    first.normal().apply(plan.modalityNames(), modality -> data.statistics(plan, encoders, modality)));
            latents.normalization()
                    .requireFit(plan.model().modalities(), plan.model().latentChannels());
            train(new Run(plan, every, first, hands), encoders);
        }
    }

    /** All that is known of a run before its samples are opened. */
    private record Run(TrainingPlan plan, long every, Beginning first, Parallelism hands) {}

    private void train(Run wanted, DataEncoders encoders) {
        TrainingPlan plan = wanted.plan;
        try (Dataset samples = data.open(plan, encoders);
                LoadedBatches loaded = new LoadedBatches(samples, data.loading(plan), latents.normalization());
                DiffusionTransformer model =
                        on(encoders.device(), wanted.first.model().get());
                Trainer trainer = new Trainer(plan, model, loaded, wanted.hands);
                TrainingRun<StepReport> run = TrainingRun.open(out(), trainer);
                OrderlyEnd _ = OrderlyEnd.of(run::stop)) {
            if (!run.writes()) {
                run.train();
                return;
            }
            describe(trainer, wanted.first);
            warnOfSlowness(plan.precision(), encoders.device());
            drawSamples(run, trainer, encoders.autoencoder(), wanted.every);
            train(run, plan, wanted.every, trainer);
            new LeftOut(loaded.badSamples()).print();
        }
    }

    /** Checkpoints of safetensors are models, and convert needs no options, where it is known what the model was. */
    private void describe(Trainer trainer, Beginning first) {
        Path own = first.autoencoder();
        Path folder =
                data.autoencoder() != null ? data.autoencoder() : own != null && Files.isDirectory(own) ? own : null;
        ModelConfig known = first.known();
        trainer.describedBy(known == null ? trainer.modelConfig() : known, folder);
    }

    private static void warnOfSlowness(Precision precision, Device device) {
        if (precision == Precision.FLOAT16 && device.equals(Device.CPU)) {
            System.err.println(
                    "float16 is slow on most processors; --precision bfloat16 is faster on those that compute with it,"
                            + " --precision float32 on the others");
        }
    }

    private static DiffusionTransformer on(Device device, DiffusionTransformer model) {
        try {
            model.to(device, DType.FLOAT32);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void drawSamples(
            TrainingRun<StepReport> run, Trainer trainer, @Nullable AutoencoderKl autoencoder, long every) {
        if (autoencoder != null && every > 0) {
            run.onStep(new SampleGrid(
                            trainer,
                            trainer.modelConfig(),
                            autoencoder,
                            run.folder().samples())
                    .every(every)
                    .classes(SAMPLED_CLASSES));
        }
    }

    private void train(TrainingRun<StepReport> run, TrainingPlan plan, long every, Trainer trainer) {
        latents.note(out());
        List<String> names = plan.modalityNames();
        try (MetricsTable table = MetricsTable.open(out().resolve("metrics.csv"), names, run.resumedAt());
                EventFile events = EventFile.begin(out().resolve("events"), run.resumedAt() + 1);
                TrainingProgress progress = new TrainingProgress(run.resumedAt(), plan.steps())) {
            if (every > 0) {
                run.onStep(new LossPlot(out().resolve("losses.png"), every, names, table.losses()));
            }
            run.onStep(table)
                    .onStep(new StepCurves(events, names))
                    .onStep(progress)
                    .train();
            // Before the logs close: one that cannot be written must not cost the adapter.
            saveAdapter(trainer);
        }
        run.folder().latest().ifPresent(System.out::println);
    }

    private void saveAdapter(Trainer trainer) {
        Lora lora = trainer.lora();
        if (lora != null) {
            try (StateDict ema = trainer.ema().state()) {
                lora.save(out().resolve("adapter"), ema, Optional.empty());
            }
            System.out.println(out().resolve("adapter"));
        }
    }
}
