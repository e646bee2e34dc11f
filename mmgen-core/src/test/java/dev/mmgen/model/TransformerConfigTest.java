package dev.mmgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransformerConfigTest {

    @ParameterizedTest
    @CsvSource({"S/2, 12, 384, 6, 2", "SiT-B/4, 12, 768, 12, 4", "L/8, 24, 1024, 16, 8", "SiT-XL/2, 28, 1152, 16, 2"})
    void officialSizesHaveTheOfficialShape(String name, int depth, int width, int heads, int patch) {
        TransformerConfig config = TransformerConfig.sit(name);
        assertThat(List.of(config.depth(), config.width(), config.heads(), config.patchSize()))
                .containsExactly(depth, width, heads, patch);
        assertThat(config.sitName()).hasValue("SiT-" + name.replace("SiT-", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"H/2", "S/3", "S", "", "SiT-SiT-S/2", "S/2 "})
    void anUnknownSizeIsRefusedByName(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransformerConfig.sit(name))
                .withMessageContainingAll("'" + name + "'", "S, B, L, XL", "2, 4, 8");
    }

    @Test
    void aCustomShapeHasNoOfficialName() {
        assertThat(TransformerConfig.small(8, 4, 10).sitName()).isEmpty();
        assertThat(TransformerConfig.builder().patchSize(1).build().sitName()).isEmpty();
    }

    @Test
    void theBuilderChangesOneSettingAndKeepsTheOthers() {
        TransformerConfig config = TransformerConfig.small(8, 3, 10);
        assertThat(config.toBuilder().build()).isEqualTo(config);
        TransformerConfig changed = config.toBuilder()
                .inputSize(6)
                .patchSize(1)
                .latentChannels(16)
                .modalities(5)
                .width(96)
                .depth(3)
                .heads(2)
                .mlpRatio(2.5)
                .classes(7)
                .nullClass(false)
                .jointHeads(false)
                .timeEmbedding(TimeEmbedding.SHARED)
                .taskEmbedding(false)
                .qkNorm(true)
                .projections(List.of(12, 34))
                .projectorWidth(56)
                .projectionDepth(1)
                .flowMapDepth(2)
                .build();
        assertThat(changed)
                .hasToString("TransformerConfig[inputSize=6, patchSize=1, latentChannels=16, modalities=5, width=96,"
                        + " depth=3, heads=2, mlpRatio=2.5, classes=7, nullClass=false, jointHeads=false,"
                        + " timeEmbedding=SHARED, taskEmbedding=false, qkNorm=true, projections=[12, 34],"
                        + " projectorWidth=56, projectionDepth=1, flowMapDepth=2]");
    }

    @Test
    void settingsThatDoNotFitEachOtherAreRefusedByName() {
        TransformerConfigBuilder builder =
                TransformerConfig.small(8, 4, 10).toBuilder().width(30);
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContainingAll("'width'", "30");
        assertThat(builder.width(40).heads(5).build().width()).isEqualTo(40);
    }

    @Test
    void theInputsOfAPlainModelAreOneModality() {
        TransformerConfig plain = TransformerConfig.sit("S/2").toBuilder()
                .jointHeads(false)
                .timeEmbedding(TimeEmbedding.SHARED)
                .build();
        assertThat(plain.inputs().modalities()).isEqualTo(1);
        assertThat(plain.inputs().channels()).isEqualTo(4);
        assertThat(TransformerConfig.sit("S/2").inputs())
                .isEqualTo(VelocityModel.Inputs.of(4, 4, 32)
                        .withPatchSize(2)
                        .withClasses(1000, true)
                        .withTimeEmbedding(TimeEmbedding.PER_MODALITY)
                        .withTaskEmbedding(true));
    }
}
