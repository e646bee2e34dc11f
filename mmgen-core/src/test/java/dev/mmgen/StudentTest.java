package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.Distilled;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.ModelFolderException;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.lora.Adapter;
import dev.mmgen.lora.Lora;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose folder brings an adapter that draws in a few steps, and adapters of students laid over a model. */
class StudentTest extends SmallModelTest {

    private static final SamplingDefaults STEPS = new SamplingDefaults("ancestral", 3, 2.2, Guidance.NONE);

    private static final StudentSettings FEW =
            new StudentSettings(List.of(Distilled.GUIDANCE, Distilled.FEW_STEPS), STEPS, STEPS);

    @TempDir
    Path work;

    private Path adapter;
    private Path both;

    @BeforeEach
    void makeStudent() {
        adapter = adapter("learnt", Optional.of(FEW));
        both = work.resolve("both");
        ModelFolder.open(folder).convert(both, null, UnaryOperator.identity());
        ModelFolder.copyStudent(adapter, both, null);
    }

    /** Writes an adapter as after some training. */
    private Path adapter(String name, Optional<StudentSettings> student) {
        try (DiffusionTransformer model = ModelFolder.open(folder).transformer();
                Generator generator = Generator.seeded(2);
                GradMode _ = Torch.noGrad()) {
            Lora lora = Lora.attach(model, LoraConfig.DEFAULT.withRank(2).withAlpha(2), generator);
            model.parameters().forEach((key, parameter) -> {
                if (key.endsWith("lora_B.weight")) {
                    Torch.normal_(parameter.value(), 0, 0.2, generator);
                }
            });
            try (StateDict state = model.state()) {
                lora.save(work.resolve(name), state, student);
            }
        }
        return work.resolve(name);
    }

    private static ImageRequestBuilder request(MmGen model) {
        return model.generate().category(3).seed(7);
    }

    private static RgbImage drawn(ImageRequestBuilder request) {
        return request.run().rgb();
    }

    @Test
    void aStudentDrawsWhatSetsNoMethodAndTellsIt() {
        try (MmGen fast = MmGen.open(both);
                MmGen laid = mmgen.withAdapter(adapter)) {
            MultiModalImage image = request(fast).run();
            assertThat(image.rgb()).isEqualTo(drawn(request(laid)));
            assertThat(image.trace())
                    .containsEntry("Model", "both + student")
                    .containsEntry("Sampler", "ancestral")
                    .containsEntry("Steps", "3")
                    .containsEntry("Guidance", "1.0");
            assertThat(fast.drawing()).isEqualTo(STEPS);
            assertThat(fast.student()).isPresent();
            assertThat(mmgen.student()).isEmpty();
            assertThat(fast.config()).isEqualTo(mmgen.config());
            // What its texts tell draws it again.
            assertThat(drawn(request(fast)
                            .sampler(DpmSolver.ANCESTRAL)
                            .steps(3)
                            .shift(2.2)
                            .guidance(1)))
                    .isEqualTo(image.rgb());
        }
    }

    @Test
    void whatSetsAnythingOfTheMethodIsTheModelsOwn() {
        List<UnaryOperator<ImageRequestBuilder>> settings = List.of(
                request -> request.steps(3),
                request -> request.steps(2).shift(3),
                request -> request.steps(2).guidance(2),
                request -> request.grid(TimeGrid.uniform(2)),
                request -> request.sampler(DpmSolver.ANCESTRAL).steps(2));
        try (MmGen fast = MmGen.open(both)) {
            for (UnaryOperator<ImageRequestBuilder> setting : settings) {
                MultiModalImage image = setting.apply(request(fast)).run();
                assertThat(image.rgb()).isEqualTo(drawn(setting.apply(request(mmgen))));
                assertThat(image.trace()).containsEntry("Model", "both");
            }
        }
    }

    @Test
    void theModelItselfReadsPhotosInpaintsAndStartsFromImages() {
        try (MmGen fast = MmGen.open(both)) {
            MultiModalImage image = request(fast).run();
            assertThat(fast.understand(image.rgb()).steps(2).run().depth())
                    .isEqualTo(mmgen.understand(image.rgb()).steps(2).run().depth());
            SamplingDefaults own = mmgen.config().sampling();
            Mask region = Mask.where(image.width(), image.height(), (x, y) -> x > 4 && y > 4);
            assertThat(fast.generate().inpaint(image, region).build().method().steps())
                    .isEqualTo(own.steps());
            assertThat(fast.generate().startFrom(image, 0.5).build().method().steps())
                    .isEqualTo(own.steps());
        }
    }

    @Test
    void requestsOfBothAreDrawnTogether() {
        try (MmGen fast = MmGen.open(both)) {
            List<MultiModalImage> images = fast.runAll(List.of(
                    request(fast).build(),
                    request(fast).steps(2).build(),
                    request(fast).seed(8).build()));
            assertThat(images.get(0).rgb()).isEqualTo(drawn(request(fast)));
            assertThat(images.get(1).rgb()).isEqualTo(drawn(request(mmgen).steps(2)));
            assertThat(images.get(2).rgb()).isEqualTo(drawn(request(fast).seed(8)));
        }
    }

    @Test
    void inEightBitsAStudentDrawsToo() {
        try (MmGen fast = MmGen.open(both, MmGenOptions.DEFAULT.in(DType.INT8))) {
            assertThat(request(fast).run().trace())
                    .containsEntry("Type", "int8")
                    .containsEntry("Steps", "3");
        }
    }

    @Test
    void anAdapterOfAStudentBringsItsSampling() {
        Adapter laid = Adapter.of(adapter);
        try (MmGen opened = MmGen.open(folder, MmGenOptions.DEFAULT.adapted(laid));
                MmGen over = mmgen.withAdapters(laid.apart())) {
            for (MmGen model : List.of(opened, over)) {
                ModelConfig config = model.config();
                assertThat(config.sampling()).isEqualTo(STEPS);
                assertThat(config.distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FEW_STEPS);
                assertThatThrownBy(() -> request(model).guidance(2).build())
                        .hasMessageContaining("guidance in it already");
            }
        }
        Path plain = adapter("plain", Optional.empty());
        try (MmGen model = mmgen.withAdapter(plain);
                MmGen off = mmgen.withAdapters(laid.withStrength(0))) {
            assertThat(model.config()).isEqualTo(mmgen.config()).isEqualTo(off.config());
        }
    }

    @Test
    void aModelThatIsAdaptedOrGuidedLeavesItsStudent() {
        Path plain = adapter("plain", Optional.empty());
        try (MmGen fast = MmGen.open(both);
                MmGen adapted = fast.withAdapter(plain);
                MmGen opened = MmGen.open(both, MmGenOptions.DEFAULT.adapted(Adapter.of(plain)));
                MmGen guided = fast.withGuide(mmgen.model())) {
            for (MmGen model : List.of(adapted, opened, guided)) {
                assertThat(model.drawing()).isEqualTo(mmgen.config().sampling());
            }
        }
    }

    @Test
    void aFolderThatBringsAGuideTooIsGuided() {
        ModelFolder.open(folder).convert(both.resolve(ModelFolder.GUIDE), null, UnaryOperator.identity());
        assertThat(ModelFolder.open(both).drawing()).isEqualTo(mmgen.config().sampling());
        try (MmGen guided = MmGen.open(both)) {
            assertThat(guided.student()).isEmpty();
            assertThat(guided.drawing()).isEqualTo(mmgen.config().sampling());
        }
    }

    @Test
    void theAdapterOfAFlowMapIsRefusedOverAModelOfVelocities() {
        SamplingDefaults jumps = new SamplingDefaults("flow-map", 4, Guidance.NONE);
        StudentSettings map = new StudentSettings(List.of(Distilled.FLOW_MAP), jumps, jumps);
        Path laid = adapter("map", Optional.of(map));
        assertThatThrownBy(() -> mmgen.withAdapter(laid))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("open the folder that its training wrote");
    }

    @Test
    void twoStudentsAtOnceAreRefused() {
        Adapter other = Adapter.of(adapter("other", Optional.of(FEW)));
        assertThatThrownBy(() -> mmgen.withAdapters(Adapter.of(adapter), other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("learnt")
                .hasMessageContaining("other are both students'");
    }

    @Test
    void aStudentComesAlongWhereItsModelIsConverted() {
        Path converted = work.resolve("converted");
        ModelFolder.open(both).convert(converted, DType.BFLOAT16, UnaryOperator.identity());
        assertThat(ModelFolder.open(converted).drawing()).isEqualTo(STEPS);
        try (Safetensors weights = Safetensors.open(converted.resolve("student").resolve(StudentSettings.WEIGHTS))) {
            assertThat(weights.infos().values()).extracting(TensorInfo::dtype).containsOnly(DType.BFLOAT16);
        }
        try (MmGen fast = MmGen.open(converted)) {
            assertThat(request(fast).run().trace()).containsEntry("Steps", "3");
        }
    }

    @Test
    void whatIsNoStudentOfTheModelIsRefusedAndLeavesNothingOpen() {
        long before = Torch.liveTensors();
        ModelFolder.copyStudent(adapter("plain", Optional.empty()), both, null);
        assertThatThrownBy(() -> MmGen.open(both))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("student: holds no student that draws in a few steps");
        Path weights = both.resolve("student").resolve(StudentSettings.WEIGHTS);
        try (StateDict empty = StateDict.of(Map.of())) {
            Safetensors.write(weights, empty, Map.of(StudentSettings.KEY, FEW.toJson()));
            assertThatThrownBy(() -> MmGen.open(both))
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("is missing; this is an adapter of another model");
            for (String wrong :
                    List.of("{", "null", "{\"distilled\": []}", FEW.toJson().replace("ancestral", "direct"))) {
                Safetensors.write(weights, empty, Map.of(StudentSettings.KEY, wrong));
                assertThatThrownBy(() -> MmGen.open(both))
                        .isInstanceOf(WeightFileException.class)
                        .hasMessageContaining("does not tell how its student is sampled: ");
            }
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }
}
