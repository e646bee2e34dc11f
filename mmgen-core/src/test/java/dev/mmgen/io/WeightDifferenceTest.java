package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MmGen;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whole students kept as four bits of difference. */
@ExtendWith(TensorLeakCheck.class)
class WeightDifferenceTest {

    private static final SamplingDefaults STEPS = new SamplingDefaults("ancestral", 3, 2.2, Guidance.NONE);

    @TempDir
    private Path work;

    private Path model;
    private Path student;
    private Path stored;

    @BeforeEach
    void write() {
        model = SmallModelFolder.write(work.resolve("model"));
        student = student("taught", 0.05);
        stored = model.resolve("student").resolve(WeightDifference.FILE);
    }

    /** Writes the model after some training that makes a student of few steps of it. */
    private Path student(String name, double change) {
        Path folder = work.resolve(name);
        ModelConfig config = ModelFolder.open(model).config();
        ModelConfig taught = config.with(STEPS, config.reading()).toBuilder()
                .distilled(List.of(Distilled.FEW_STEPS))
                .build();
        try (DiffusionTransformer network = ModelFolder.open(model).transformer();
                Generator generator = Generator.seeded(2);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            network.parameters().forEach((_, parameter) -> {
                Tensor value = parameter.read();
                Tensor noise =
                        Torch.randn(generator, DType.FLOAT32, value.shape().toArray());
                parameter.set(value.add(noise.mul(change)));
            });
            try (StateDict state = network.state()) {
                ModelFolder.write(folder, taught, state);
            }
        }
        AutoencoderFolder.copy(model.resolve(ModelFolder.AUTOENCODER), folder.resolve(ModelFolder.AUTOENCODER));
        return folder;
    }

    @Test
    void aWholeStudentDrawsInItsModelsFolderNearlyAsByItself() throws Exception {
        ModelFolder.copyStudent(student, model, null);
        assertThat(ModelFolder.open(model).drawing()).isEqualTo(STEPS);
        assertThat(Files.size(stored)).isLessThan(Files.size(student.resolve("model.safetensors")) / 3);
        try (MmGen fast = MmGen.open(model);
                DiffusionTransformer own = ModelFolder.open(model).transformer()) {
            assertThat(fast.generate().category(3).seed(7).run().trace()).containsEntry("Model", "model + student");
            try (DiffusionTransformer taught = ModelFolder.open(student).transformer();
                    WeightDifference difference = WeightDifference.open(model.resolve("student"), own);
                    DiffusionTransformer laid = difference.over(own);
                    TensorScope _ = TensorScope.open()) {
                laid.parameters().forEach((key, parameter) -> {
                    Tensor wanted = taught.parameters().get(key).value();
                    Tensor before = own.parameters().get(key).value();
                    double changed = wanted.sub(before).abs().mean().item();
                    assertThat(wanted.sub(parameter.value()).abs().mean().item())
                            .as(key)
                            .isLessThan(0.15 * changed);
                });
            }
        }
    }

    @Test
    void aDifferenceComesAlongWhereItsModelIsConvertedAndIsReplacedByAnother() throws Exception {
        ModelFolder.copyStudent(student, model, null);
        byte[] before = Files.readAllBytes(stored);
        Path converted = work.resolve("converted");
        ModelFolder.open(model).convert(converted, DType.BFLOAT16, UnaryOperator.identity());
        assertThat(converted.resolve("student").resolve(WeightDifference.FILE)).hasBinaryContent(before);
        try (MmGen fast = MmGen.open(converted)) {
            assertThat(fast.drawing()).isEqualTo(STEPS);
            assertThat(fast.generate().category(3).run().trace()).containsEntry("Steps", "3");
        }
        Files.writeString(model.resolve("student").resolve(StudentSettings.WEIGHTS), "an adapter");
        ModelFolder.copyStudent(student("other", 0.03), model, null);
        assertThat(Files.readAllBytes(stored)).isNotEqualTo(before);
        assertThat(model.resolve("student").resolve(StudentSettings.WEIGHTS)).doesNotExist();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.copyStudent(model.resolve("student"), model, null))
                .withMessageContaining("is the student of that model already");
    }

    @Test
    void aModelThatLearntNothingIsNoStudent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.copyStudent(model, model, null))
                .withMessageContaining("did not learn to draw in few steps");
        assertThat(stored).doesNotExist();
    }

    @Test
    void aStudentThatBeganWithAnotherModelIsRefused() {
        Path stranger = student("stranger", 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.copyStudent(stranger, model, null))
                .withMessageContaining("away from the model's")
                .withMessageContaining("give the model that it was taught from");
        assertThat(stored).doesNotExist();
    }

    @Test
    void aStudentOfVelocitiesThatAsksForAFlowMapIsRefusedByItsFolder() {
        ModelFolder.copyStudent(student, model, null);
        rewrite((_, metadata) ->
                metadata.computeIfPresent(StudentSettings.KEY, (_, json) -> json.replace("ancestral", "flow-map")));
        assertThatThrownBy(() -> MmGen.open(model))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining(model.resolve("student").toString())
                .hasMessageContaining("asks for the sampler flow-map");
    }

    @Test
    void noneAndTwoStudentsAreRefused() throws Exception {
        assertThatThrownBy(() -> ModelFolder.copyStudent(work.resolve("nowhere"), model, null))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("nowhere")
                .hasMessageContaining("holds no student: neither an adapter (adapter_model.safetensors)");
        assertThat(model.resolve("student")).doesNotExist();
        ModelFolder.copyStudent(student, model, null);
        Files.writeString(model.resolve("student").resolve(StudentSettings.WEIGHTS), "an adapter");
        assertThatThrownBy(() -> MmGen.open(model))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("holds two students");
    }

    @Test
    void aStudentOfAnotherShapeIsRefused() throws Exception {
        Path settings = student.resolve("config.json");
        Files.writeString(settings, Files.readString(settings).replace("\"heads\" : 2", "\"heads\" : 4"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.copyStudent(student, model, null))
                .withMessageContaining("a student that lies in the folder of its model has its shape");
    }

    @Test
    void aStudentOfAnotherModelIsRefused() {
        Path other = student("another", 0.3);
        ModelFolder.copyStudent(student, model, null);
        try (DiffusionTransformer network = ModelFolder.open(other).transformer()) {
            assertThatThrownBy(() -> WeightDifference.open(model.resolve("student"), network))
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining("is the student of another model");
        }
    }

    @Test
    void damageIsNamed() {
        ModelFolder.copyStudent(student, model, null);
        String bias = "blocks.0.attn.qkv.bias";
        damaged((tensors, _) -> tensors.remove(bias), bias, "is missing");
        damaged((tensors, _) -> tensors.put("extra", Torch.ones(1)), "extra", "belongs to no weight");
        damaged((tensors, _) -> tensors.put(bias, Torch.tensor(new byte[3])), bias, "is uint8 [3]");
        damaged((tensors, _) -> tensors.put(bias, Torch.ones(48)), bias, "is float32 [48]");
        damaged((tensors, _) -> tensors.get(bias + ".scale").fill_(Double.NaN), bias, "NaN");
        damaged((_, metadata) -> metadata.remove(ModelMark.KEY), "is the student of another model", "null");
        damaged((_, metadata) -> metadata.put("mmgen.difference", "2 bits"), "this version reads '4 bits'", "2 bits");
        damaged(
                (_, metadata) -> metadata.put(StudentSettings.KEY, "{"),
                "does not tell how its student is sampled",
                "");
    }

    private void damaged(BiConsumer<Map<String, Tensor>, Map<String, String>> damage, String first, String second) {
        rewrite(damage);
        assertThatThrownBy(() -> MmGen.open(model))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining(first)
                .hasMessageContaining(second);
    }

    /** Writes the difference that was copied first once more, with other contents. */
    private void rewrite(BiConsumer<Map<String, Tensor>, Map<String, String>> damage) {
        Path file = model.resolve("student").resolve(WeightDifference.FILE);
        Path whole = work.resolve("whole.safetensors");
        try (TensorScope _ = TensorScope.open()) {
            if (!Files.exists(whole)) {
                Files.copy(file, whole);
            }
            try (Safetensors original = Safetensors.open(whole);
                    StateDict state = original.load()) {
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                state.asMap().forEach((key, value) -> tensors.put(key, value.copy()));
                Map<String, String> metadata = new LinkedHashMap<>(original.metadata());
                damage.accept(tensors, metadata);
                Safetensors.write(file, tensors, metadata);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void roundingErrsByAFourteenthOfTheLargestOfAGroup() {
        float[] numbers = new float[131];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i < 64 ? (float) Math.sin(i) : i < 128 ? 0 : i * -1e3f;
        }
        NibbleGroups groups = NibbleGroups.of(numbers);
        assertThat(groups.nibbles()).hasSize(66);
        assertThat(groups.scales()).hasSize(3);
        float[] back = groups.numbers(numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(back[i]).isCloseTo(numbers[i], within(i < 64 ? 1f / 14 : i < 128 ? 0 : 130e3f / 14));
        }
    }
}
