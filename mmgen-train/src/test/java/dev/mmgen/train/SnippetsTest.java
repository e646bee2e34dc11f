package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.MmGen;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.autoencoder.AutoencoderLoss;
import dev.mmgen.train.autoencoder.AutoencoderPlan;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.checkpoint.TrainingFolder;
import dev.mmgen.train.data.DataLoader;
import dev.mmgen.train.data.Dataset;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.IndexBuilder;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.LoaderConfig;
import dev.mmgen.train.data.PosteriorBatch;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.distillation.Student;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.finetune.FineTuningPlan;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.hdf5.PrecomputedSource;
import dev.mmgen.train.loss.TimeDistribution.FewSteps;
import dev.mmgen.train.prepare.Encoding;
import dev.mmgen.train.prepare.Preparation;
import dev.mmgen.train.prepare.PreparationConfig;
import dev.mmgen.train.prepare.Selection;
import dev.mmgen.train.random.Draws;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc: compiled so that it stays right, and run where that takes no files. */
@ExtendWith(TensorLeakCheck.class)
class SnippetsTest {

    @Test
    void aRunTakesAllSteps(@TempDir Path folder) {
        List<StepReport> reports = new ArrayList<>();
        TrainingPlan plan = TinyTraining.PLAN.withSteps(2);
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan)) {
            train(model, batches, new Target(plan, folder, reports::add));
        }
        assertThat(reports).hasSize(2);
    }

    private record Target(TrainingPlan plan, Path folder, Consumer<StepReport> progress) {}

    private static void train(DiffusionTransformer model, BatchSource batches, Target target) {
        TrainingPlan plan = target.plan();
        Path folder = target.folder();
        Consumer<StepReport> progress = target.progress();
        // @start region="training-run"
        try (Trainer trainer = new Trainer(plan, model, batches);
                TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
            run.onStep(progress).train();
        }
        // @end
    }

    static Path emaOfAnotherLength(Path folder) {
        // @start region="post-hoc-ema"
        List<Path> checkpoints = TrainingFolder.watch(folder).checkpoints();
        Path longer = folder.resolve("ema-0.1.pt");
        PostHocEma.of(checkpoints).write(longer, 0.1);
        // @end
        return longer;
    }

    @Test
    void settingsAreChangedByName() {
        // @start region="autoencoder-loss"
        AutoencoderLoss loss = AutoencoderLoss.DEFAULT.withEdges(1).withDivergence(1e-6);
        // @end
        assertThat(loss.edges()).isEqualTo(1);

        // @start region="autoencoder-plan"
        AutoencoderPlan plan = AutoencoderPlan.small().withBatchSize(16).withSteps(20_000);
        // @end
        assertThat(plan.batchSize()).isEqualTo(16);

        // @start region="loader-config"
        LoaderConfig loader = LoaderConfig.ofBatch(256).withSeed(7).withBadSampleLimit(0);
        // @end
        assertThat(loader.seed()).isEqualTo(7);

        // @start region="sample-shape"
        SampleShape shape = SampleShape.of(4, 4, 32, 32).withFeatures(256, 768); // SampleShape.OFFICIAL
        // @end
        assertThat(shape).isEqualTo(SampleShape.OFFICIAL);

        // @start region="preparation-config"
        PreparationConfig preparation = PreparationConfig.of(8).withReaders(4).withSelection(Selection.ofShard(0, 2));
        // @end
        assertThat(preparation.readers()).isEqualTo(4);
    }

    static ImageSource images(Autoencoder autoencoder) {
        // @start region="image-source"
        ImageSource.Encoder encoder = Encoding.posteriors(autoencoder, 256);
        ImageSource source = new ImageSource(List.of("rgb", "depth", "normal", "mask"), encoder, null);
        // @end
        return source;
    }

    static void index() {
        // @start region="index-builder"
        IndexBuilder.photos(Path.of("rgb"))
                .modality("depth", Path.of("depth"))
                .build()
                .index()
                .write(Path.of("train.jsonl"));
        // @end
    }

    // @start region="sample-source"
    /** Latents whose mean and deviation are the label. */
    record Levels() implements SampleSource {
        @Override
        public Sample read(IndexEntry entry, SampleShape shape) {
            float[] values = new float[shape.channels() * shape.height() * shape.width() * 2];
            Arrays.fill(values, entry.label()); // mean, deviation, mean, deviation, ...
            StoredArray posterior = StoredArray.of(values, shape.channels(), shape.height(), shape.width(), 2);
            return new Sample(entry, Collections.nCopies(shape.modalities(), posterior), null);
        }

        @Override
        public void close() {}
    }
    // @end

    @Test
    void aSourceOfOnesOwnFeedsADataset() {
        JsonlIndex index = JsonlIndex.of(List.of(new IndexEntry("level", 3, "first", Map.of())));
        try (Dataset data = new Dataset(index, new Levels(), SampleShape.of(2, 3, 4, 4))) {
            assertThat(data.get(0).posteriors().getLast().values()).containsOnly(3);
        }
    }

    private record Files(List<Path> posteriors, @Nullable Path features) {}

    static void load(Files files, Draws draws, Consumer<Tensor> training) {
        List<Path> posteriors = files.posteriors();
        Path features = files.features();
        int steps = 100;
        // @start region="data-loader"
        JsonlIndex index = JsonlIndex.read(Path.of("train.jsonl"));
        SampleSource source = PrecomputedSource.open(posteriors, features);
        try (Dataset data = new Dataset(index, source, SampleShape.OFFICIAL);
                DataLoader loader =
                        DataLoader.start(data, LoaderConfig.ofBatch(8).withSeed(0))) {
            for (int step = 0; step < steps; step++) {
                try (TensorScope _ = TensorScope.open();
                        PosteriorBatch batch = loader.next()) {
                    Tensor latents = batch.sampleLatents(LatentNormalization.STABLE_DIFFUSION, draws::normal);
                    training.accept(latents);
                }
            }
        }
        // @end
    }

    static void tune(Path folder, Consumer<DiffusionTransformer> training) {
        // @start region="fine-tuning"
        FineTuningPlan tuning =
                FineTuningPlan.of(PretrainedModel.open(folder)).add("canny").withLora(LoraConfig.DEFAULT.withRank(8));
        TrainingPlan plan = tuning.plan().withSteps(1200);
        try (DiffusionTransformer model = tuning.load(plan)) {
            training.accept(model);
        }
        // @end
    }

    static void tune(MmGen mmgen, Consumer<StepReport> progress) {
        // @start region="fine-tuning-facade"
        FineTuning.of(mmgen)
                .add(new Modality("canny", "Canny edges"))
                .data(Path.of("pictures")) // folders rgb/ depth/ ... canny/
                .steps(600)
                .onStep(progress)
                .run(Path.of("mmgen-canny")); // a model folder that MmGen.open opens
        // @end
    }

    static void distil(PretrainedModel teacher) {
        // @start region="student"
        Student.guided(teacher, teacher.config().sampling().guidance())
                .data(Path.of("pictures")) // folders rgb/ depth/ normal/ segmentation/
                .run(Path.of("mmgen-guided"));
        PretrainedModel guided = PretrainedModel.open(Path.of("mmgen-guided"));
        Student.fewSteps(guided, Guidance.NONE, new FewSteps(4, 2.2))
                .data(Path.of("pictures"))
                .run(Path.of("mmgen-four")); // draws in four steps
        Student.flowMap(guided, Guidance.NONE)
                .data(Path.of("pictures"))
                .run(Path.of("mmgen-jumps")); // draws in one or two, reads photos in one
        // @end
    }

    static void prepare() {
        // @start region="preparation"
        JsonlIndex index = JsonlIndex.read(Path.of("train.jsonl"));
        try (AutoencoderKl autoencoder = AutoencoderFolder.open(Path.of("sd-vae-ft-mse"))) {
            Preparation preparation =
                    new Preparation(index, Encoding.posteriors(autoencoder, 256), PreparationConfig.of(4));
            preparation.run("rgb", Path.of("rgb.h5"), _ -> {});
        }
        // @end
    }
}
