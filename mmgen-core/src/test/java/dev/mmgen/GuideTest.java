package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is opened with a weaker one as its guide. */
class GuideTest extends SmallModelTest {

    @TempDir
    Path weaker;

    @BeforeEach
    void writeWeaker() {
        write(weaker, SmallModelFolder.transformerConfig().toBuilder().depth(1).build());
    }

    /** Writes settings and weights, as a guide has them. */
    private static void write(Path folder, TransformerConfig config) {
        try (DiffusionTransformer transformer = SmallModelFolder.transformer(config);
                StateDict weights = transformer.state()) {
            ModelFolder.write(folder, SmallModelFolder.config().with(config), weights);
        }
    }

    private static RgbImage drawn(MmGen model) {
        return request(model).run().rgb();
    }

    private static ImageRequestBuilder request(MmGen model) {
        return model.generate().category(3).seed(7).steps(3).guidance(2);
    }

    @Test
    void aGuideComesWithTheModelsFolderOrByItsPathOrFromTheProgram(@TempDir Path both) {
        SmallModelFolder.write(both);
        write(
                both.resolve("guide"),
                SmallModelFolder.transformerConfig().toBuilder().depth(1).build());
        try (MmGen own = MmGen.open(both);
                MmGen named = MmGen.open(folder, MmGenOptions.DEFAULT.guidedBy(weaker));
                DiffusionTransformer guide = ModelFolder.open(weaker).transformer();
                MmGen given = mmgen.withGuide(guide)) {
            RgbImage guided = drawn(own);
            assertThat(guided).isEqualTo(drawn(named)).isEqualTo(drawn(given)).isNotEqualTo(drawn(mmgen));
            assertThat(request(named).run().trace())
                    .containsEntry("Guide", weaker.getFileName().toString());
            assertThat(request(given).run().trace()).containsEntry("Guide", "DiffusionTransformer");
            assertThat(request(given).guidance(1).run().trace()).doesNotContainKey("Guide");
        }
    }

    @Test
    void aModelThatGuidesItselfDrawsAsWithoutGuidance() {
        try (MmGen self = MmGen.open(folder, MmGenOptions.DEFAULT.guidedBy(folder))) {
            assertThat(drawn(self)).isEqualTo(request(mmgen).guidance(1).run().rgb());
        }
    }

    @Test
    void inEightBitsAModelThatGuidesItselfDrawsAsWithoutGuidanceToo() {
        MmGenOptions eight = MmGenOptions.DEFAULT.in(DType.INT8);
        try (MmGen self = MmGen.open(folder, eight.guidedBy(folder));
                MmGen alone = MmGen.open(folder, eight)) {
            assertThat(drawn(self)).isEqualTo(request(alone).guidance(1).run().rgb());
        }
    }

    @Test
    void readingAPhotoIsGuidedToo() {
        RgbImage photo = mmgen.generate().steps(2).run().rgb();
        try (MmGen guided = MmGen.open(folder, MmGenOptions.DEFAULT.guidedBy(weaker))) {
            assertThat(guided.understand(photo).steps(2).guidance(2).run().depth())
                    .isNotEqualTo(
                            guided.understand(photo).steps(2).guidance(1).run().depth());
        }
    }

    @Test
    void aGuideThatDoesNotFitIsRefusedAndLeavesNothingOpen(@TempDir Path other) {
        write(other, SmallModelFolder.transformerConfig().toBuilder().classes(4).build());
        MmGenOptions options = MmGenOptions.DEFAULT.guidedBy(other);
        long before = Torch.liveTensors();
        assertThatThrownBy(() -> MmGen.open(folder, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("and 4 classes, but the model draws")
                .hasMessageContaining("10 classes; take a guide that was trained on the same");
        assertThatThrownBy(() -> MmGen.open(folder, MmGenOptions.DEFAULT.guidedBy(other.resolve("none"))))
                .hasMessageContaining("none");
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }
}
