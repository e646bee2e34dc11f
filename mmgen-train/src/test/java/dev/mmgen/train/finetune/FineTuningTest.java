package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.train.NonFiniteException;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.PictureFolder;
import dev.mmgen.train.loss.Distillation;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class FineTuningTest {

    private static final Modality CANNY = new Modality("canny", "Canny edges");

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void make() {
        model = TinyModel.write(folder.resolve("model"));
    }

    @Test
    void anOpenModelDrawsAsBeforeAfterATrainingHasReadIt() throws IOException {
        Path data = pictures(6);
        try (MmGen open = MmGen.open(model, MmGenOptions.DEFAULT.in(DType.INT8))) {
            RgbImage before = open.generate().seed(1).steps(2).run().rgb();
            FineTuning.of(open).add(CANNY).data(data).steps(1).run(folder.resolve("out"));
            assertThat(open.generate().seed(1).steps(2).run().rgb()).isEqualTo(before);
            assertThat(open.transformer().hasQuantizedMatrices()).isEqualTo(QuantizedMatrix.isAvailable());
        }
    }

    private Path pictures(int count) {
        return TinyModel.pictures(folder.resolve("pictures"), count, "", "rgb", "depth", "canny");
    }

    private FineTuning canny(Path data) {
        return FineTuning.of(model).add(CANNY).data(data).precision(Precision.FLOAT32);
    }

    private static Map<String, float[]> weights(Path folder) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        try (Safetensors file = Safetensors.open(folder.resolve("model.safetensors"));
                StateDict state = file.load()) {
            state.keys().forEach(key -> weights.put(key, state.get(key).toFloats()));
        }
        return weights;
    }

    private static void assertSameWeights(Path first, Path second) {
        Map<String, float[]> others = weights(second);
        weights(first)
                .forEach((key, values) -> assertThat(others.get(key)).as(key).isEqualTo(values));
    }

    @Test
    void aFolderOfPicturesBecomesAModelFolder() throws Exception {
        Path out = folder.resolve("out");
        List<Long> steps = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        FineTuning.Result result = canny(pictures(12))
                .steps(30)
                .onStart(start -> warnings.addAll(start.warnings()))
                .onStep(step -> steps.add(step.step()))
                .run(out);
        assertThat(steps).hasSize(30).endsWith(30L);
        assertThat(result.finished()).isTrue();
        assertThat(result.scores()).containsOnlyKeys("depth", "canny");
        FineTuning.Reading canny = result.scores().get("canny");
        // The tiny autoencoder is random, so that its pictures tell nothing.
        assertThat(canny.autoencoder()).isBetween(10.0, 255.0);
        assertThat(canny.after()).isBetween(1.0, 255.0);
        assertThat(warnings).singleElement().asString().contains("the autoencoder blurs 'canny'");
        ModelConfig before = ModelFolder.open(model).config();
        ModelConfig after = ModelFolder.open(out).config();
        assertThat(after.modalityNames()).containsExactly("rgb", "depth", "canny");
        assertThat(after.categories()).isEqualTo(before.categories());
        assertThat(after.sampling()).isEqualTo(before.sampling());
        assertThat(after.reading()).isEqualTo(before.reading());
        LatentNormalization.Statistics latents = (LatentNormalization.Statistics) after.latents();
        assertThat(latents.means().subList(0, 2))
                .isEqualTo(((LatentNormalization.Statistics) before.latents()).means());
        assertThat(latents.means().get(2)).doesNotContain(0.0);
        for (Path opened : List.of(out, out.resolve("checkpoints/0000030"), out.resolve("checkpoints/0000025"))) {
            try (MmGen mmgen = MmGen.open(opened)) {
                assertThat(mmgen.understand(TinyModel.picture(5))
                                .run()
                                .get(CANNY)
                                .width())
                        .isEqualTo(TinyModel.SIZE);
            }
        }
        assertThat(RgbImage.read(out.resolve("samples/held-out-0000030.png"))).hasToString("RgbImage[52x12]");
        assertThat(Files.readString(out.resolve("README.md")))
                .contains(
                        "rgb, depth, canny",
                        "11 samples to train on, 1 held out",
                        "30 steps of 2 samples",
                        "| canny |");
        assertThat(TrainingPlan.read(out.resolve("plan.json")).steps()).isEqualTo(30);
    }

    @Test
    void aPlanLeavesNoFolderBehind() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        List<PictureSample> samples =
                List.of(PictureSample.of("a", Map.of(Modality.RGB, TinyModel.picture(1), CANNY, TinyModel.picture(2))));
        Set<Path> before = pictureFolders(temporary);
        TrainingPlan plan =
                FineTuning.of(model).add(CANNY).samples(samples).steps(3).plan();
        assertThat(plan.modalityNames()).containsExactly("rgb", "depth", "canny");
        assertThatThrownBy(
                        () -> FineTuning.of(model).add(CANNY).samples(List.of()).plan())
                .hasMessageContaining("no samples");
        assertThat(pictureFolders(temporary)).isSubsetOf(before);
    }

    private static Set<Path> pictureFolders(Path temporary) throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.filter(file -> file.getFileName().toString().startsWith("mmgen-pictures-"))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void anAddedModalityLearnsFasterThanWhatIsKnown() {
        Optimization adding = canny(pictures(8)).plan().optimization();
        Optimization reading =
                FineTuning.of(model).data(folder.resolve("pictures")).plan().optimization();
        assertThat(adding.learningRate()).isEqualTo(0.1 * reading.learningRate());
        assertThat(reading.rateFactors()).isEmpty();
        assertThat(adding.rateFactors())
                .isNotEmpty()
                .allSatisfy(part -> assertThat(part.factor() * adding.learningRate())
                        .isCloseTo(10 * reading.learningRate(), within(1e-12)));
    }

    @Test
    void theModelAsItWasAnswersForWhatItKnewWhereAModalityIsAdded() {
        Path data = pictures(8);
        VelocityLoss adding = canny(data).plan().velocityLoss();
        assertThat(adding.distillation())
                .isEqualTo(Distillation.of(List.of(0, 1)).withBlank(0.25));
        assertThat(adding.modalityWeights()).containsExactly(2.0, 2.0, 1.0);
        assertThat(canny(data).distillation(0).plan().velocityLoss().distillation())
                .isEqualTo(Distillation.NONE);
        assertThat(canny(data).distillation(0.5).plan().velocityLoss().distillation())
                .isEqualTo(Distillation.of(List.of(0, 1)).withShare(0.5).withBlank(0.25));
        FineTuning replacing =
                FineTuning.of(model).replace(Modality.DEPTH, CANNY).data(data);
        assertThat(replacing.plan().velocityLoss().distillation()).isEqualTo(Distillation.NONE);
        assertThat(replacing
                        .distillation(1)
                        .plan()
                        .velocityLoss()
                        .distillation()
                        .modalities())
                .as("the slot of depth is another's now")
                .containsExactly(0);
        FineTuning reading = FineTuning.of(model).data(data);
        assertThat(reading.plan().velocityLoss().distillation()).isEqualTo(Distillation.NONE);
    }

    @Test
    void distillationHoldsTheOldModalitiesWhileTheNewOneLearns() {
        Path data = pictures(12);
        // Without it, the pictures of depth are learnt, which are noise here: the answers move further.
        double held = movement(data, 1);
        double free = movement(data, 0);
        assertThat(held).isLessThan(0.5 * free);
    }

    /** Returns how far the reading of depth moves in some steps, in levels. */
    private double movement(Path data, double share) {
        Path out = folder.resolve("moved-" + share);
        canny(data)
                .distillation(share)
                .steps(120)
                .plan(plan -> plan.withOptimization(plan.optimization().toBuilder()
                        .learningRate(2e-3)
                        .rateFactors(List.of())
                        .build()))
                .run(out);
        try (MmGen before = MmGen.open(model);
                MmGen after = MmGen.open(out)) {
            double sum = 0;
            for (int i = 0; i < 8; i++) {
                byte[] was = depth(before, i);
                byte[] is = depth(after, i);
                for (int k = 0; k < was.length; k++) {
                    sum += Math.abs((was[k] & 0xff) - (is[k] & 0xff)) / (8.0 * was.length);
                }
            }
            return sum;
        }
    }

    private static byte[] depth(MmGen mmgen, int seed) {
        return mmgen.understand(TinyModel.picture(seed))
                .only(Modality.DEPTH)
                .seed(seed)
                .run()
                .depth()
                .rgb();
    }

    @Test
    void aFaultInTheMiddleKeepsWhatWasTrained() {
        Path data = pictures(8);
        Path out = folder.resolve("fault");
        VelocityLoss velocity = canny(data).plan().velocityLoss().withDistillation(Distillation.NONE);
        TrainingLoss breaks = (context, batch) -> {
            LossTerms terms = velocity.compute(context, batch);
            return context.step() < 26
                    ? terms
                    : new LossTerms(
                            terms.total().mul(Double.NaN),
                            terms.velocity(),
                            terms.perModality(),
                            terms.supervised(),
                            terms.alignment());
        };
        assertThatThrownBy(() -> canny(data).loss(breaks).steps(40).run(out)).isInstanceOf(NonFiniteException.class);
        try (MmGen kept = MmGen.open(out.resolve("checkpoints/0000025"))) {
            assertThat(kept.modalities().list()).contains(CANNY);
        }
    }

    @Test
    void newClassesChangeNothingOfTheOldOnes() {
        FineTuningPlan plan = FineTuningPlan.of(PretrainedModel.open(model)).withClasses(List.of("arch"));
        assertThat(plan.settings().category("arch")).isEqualTo(3);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(4);
                GradMode _ = Torch.noGrad();
                DiffusionTransformer old = ModelFolder.open(model).transformer();
                DiffusionTransformer grown = plan.load(plan.plan())) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 4, 8, 4, 4);
            Tensor times = Torch.full(0.5, DType.FLOAT32, Device.CPU, Shape.of(4, 8, 1, 1));
            Tensor tasks = Torch.tensor(new long[4]);
            Tensor said = old.forward(latents, times, Torch.tensor(new long[] {0, 1, 2, 3}), tasks);
            Tensor says = grown.forward(latents, times, Torch.tensor(new long[] {0, 1, 2, 4}), tasks);
            assertThat(says.toFloats()).isEqualTo(said.toFloats());
            Tensor arch = grown.forward(latents, times, Torch.tensor(new long[] {3, 3, 3, 3}), tasks);
            Tensor none = grown.forward(latents, times, Torch.tensor(new long[] {4, 4, 4, 4}), tasks);
            assertThat(arch.toFloats()).as("it begins as no class").isEqualTo(none.toFloats());
        }
    }

    @Test
    void theModelThatIsOpenStaysAsItIs() {
        try (MmGen mmgen = MmGen.open(model)) {
            RgbImage before =
                    mmgen.understand(TinyModel.picture(1)).seed(2).run().depth();
            FineTuning.of(mmgen)
                    .add(CANNY)
                    .data(pictures(8))
                    .steps(3)
                    .precision(Precision.FLOAT32)
                    .run(folder.resolve("open"));
            assertThat(mmgen.understand(TinyModel.picture(1)).seed(2).run().depth())
                    .isEqualTo(before);
        }
        canny(folder.resolve("pictures")).steps(3).run(folder.resolve("path"));
        assertSameWeights(folder.resolve("open"), folder.resolve("path"));
    }

    @Test
    void itStopsAndGoesOnToTheSameBits() {
        Path data = pictures(12);
        canny(data).steps(8).run(folder.resolve("whole"));
        FineTuning first = canny(data).steps(8);
        FineTuning.Result half = first.onStep(step -> {
                    if (step.step() == 3) {
                        first.stop();
                    }
                })
                .run(folder.resolve("halves"));
        assertThat(half.finished()).isFalse();
        assertThat(half.steps()).isEqualTo(3);
        assertThat(ModelFolder.open(folder.resolve("halves")).config().modalityNames())
                .hasSize(3);
        assertThat(canny(data).steps(8).run(folder.resolve("halves")).finished())
                .isTrue();
        assertSameWeights(folder.resolve("whole"), folder.resolve("halves"));
    }

    @Test
    void replacingAndLoraAndReadingAreOtherJobs() {
        Path data = pictures(8);
        Path replaced = folder.resolve("replaced");
        FineTuning.of(model)
                .replace(Modality.DEPTH, CANNY)
                .data(data)
                .lora(2)
                .steps(2)
                .run(replaced);
        assertThat(ModelFolder.open(replaced).config().modalityNames()).containsExactly("rgb", "canny");
        assertThat(replaced.resolve("adapter/adapter_model.safetensors")).exists();
        Path reading = folder.resolve("reading");
        FineTuning.of(model).data(data).epochs(2).run(reading);
        TrainingPlan plan = TrainingPlan.read(reading.resolve("plan.json"));
        assertThat(plan.velocityLoss().conditioning().scheme().getClass().getSimpleName())
                .isEqualTo("FixedCondition");
        assertThat(plan.steps()).isEqualTo(8);
        assertThat(plan.batchSize()).isEqualTo(2);
    }

    @Test
    void besideAnAdapterOnlyTheNewWeightsOfSharedMapsMove() {
        Path data = pictures(8);
        Path out = folder.resolve("adapted");
        canny(data).lora(2).steps(4).run(out);
        assertThat(out.resolve("README.md"))
                .content()
                .contains("a LoRA adapter of rank 2 and what a new modality needs, ");
        FineTuningPlan plan = FineTuningPlan.of(PretrainedModel.open(model)).add("canny");
        try (DiffusionTransformer before = plan.load(plan.plan());
                StateDict start = before.state();
                WeightFile file = WeightFile.open(out);
                StateDict end = file.load()) {
            // The channels of two modalities, and their halves of the times.
            assertMovedFrom(start, end, "x_embedder.proj.weight", 8);
            assertMovedFrom(start, end, "t_embedder.mlp_fused.0.weight", 32);
            for (String key : List.of("x_embedder.proj.bias", "t_embedder.mlp_fused.0.bias")) {
                assertThat(end.get(key).toFloats())
                        .as(key)
                        .isEqualTo(start.get(key).toFloats());
            }
        }
    }

    private static void assertMovedFrom(StateDict start, StateDict end, String key, long place) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor moved = end.get(key).sub(start.get(key)).abs();
            assertThat(moved.slice(1, 0, place).amax().item()).as(key).isZero();
            assertThat(moved.slice(1, place, moved.size(1)).amax().item())
                    .as(key)
                    .isPositive();
        }
    }

    @Test
    void latentsOfHdf5FilesAreTrainedOnAsTheirPicturesAre() throws IOException {
        Path data = pictures(20);
        Path whole = folder.resolve("of-pictures");
        FineTuning.Result encoded = canny(data).steps(4).picturesEvery(2).run(whole);
        List<String> lines = PictureFolder.open(data, List.of("rgb")).entries().stream()
                .map(entry -> "{\"cat\": \"\", \"idx_cat\": 0, \"path_rel_rgb\": \"" + entry.key()
                        + "\", \"path_rgb\": \"gone.png\"}")
                .toList();
        Path index = Files.write(folder.resolve("index.jsonl"), lines);
        Path read = folder.resolve("of-latents");
        FineTuning.Result result = readyMade(index, whole.resolve("latents"))
                .steps(4)
                .picturesEvery(2)
                .run(read);
        assertSameWeights(whole, read);
        assertThat(read.resolve("latents")).as("nothing is encoded").doesNotExist();
        assertThat(read.resolve("samples/held-out-0000002.png")).exists();
        assertThat(result.scores().keySet()).isEqualTo(encoded.scores().keySet());
        assertThat(read.resolve("pictures/canny"))
                .isDirectoryContaining(file -> file.toString().endsWith(".png"));
    }

    private FineTuning readyMade(Path index, Path latents) {
        return canny(index)
                .latents(Modality.RGB, latents.resolve("rgb.h5"))
                .latents(Modality.DEPTH, latents.resolve("depth.h5"))
                .latents(CANNY, latents.resolve("canny.h5"));
    }

    @Test
    void theEmaForgetsTheFirstWeights() {
        for (long steps : new long[] {30, 600, 20_000}) {
            TrainingPlan plan = canny(pictures(8)).steps(steps).plan();
            double left = 1;
            for (long step = 0; step < steps; step++) {
                left *= plan.optimization().emaDecayAt(step);
            }
            assertThat(left).as(steps + " steps").isLessThan(0.05);
        }
    }
}
