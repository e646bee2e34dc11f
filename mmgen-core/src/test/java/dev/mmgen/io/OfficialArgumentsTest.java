package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OfficialArgumentsTest {

    private static final Map<String, Object> RELEASED = Map.of(
            "model",
            "SiT-XL/2",
            "resolution",
            256,
            "num_classes",
            1000,
            "cfg_prob",
            0.1,
            "encoder_depth",
            8,
            "num_tasks",
            4,
            "is_mmcat_diff",
            true,
            "use_decouple_task",
            true,
            "use_taskcond_emb",
            true,
            "path_type",
            "linear");

    @Test
    void theReleasedModelsArgumentsGiveTheOfficialSettings() {
        OfficialArguments arguments = OfficialArguments.of(RELEASED);
        assertThat(arguments.transformer()).isEqualTo(TransformerConfig.sit("XL/2"));
        assertThat(arguments.path()).isEqualTo(Interpolant.linear());
    }

    /** {@code 0620000.pt}, by {@code finetune_hypersim_rgb2x.sh}: only the training differs, the photo being fixed as condition. */
    @Test
    void theCheckpointThatReadsRoomsIsOfTheReleasedModelsShape() {
        Map<String, Object> arguments = new HashMap<>(RELEASED);
        arguments.putAll(Map.of(
                "cond_task_fixed",
                0,
                "ratio_train_onlyrgb",
                0.0,
                "use_decouple_rand1",
                true,
                "use_quater_mixing",
                false,
                "max_train_steps",
                620_000));
        OfficialArguments rooms = OfficialArguments.of(arguments);
        assertThat(rooms.transformer()).isEqualTo(TransformerConfig.sit("XL/2"));
        assertThat(rooms.path()).isEqualTo(Interpolant.linear());
    }

    @Test
    void absentArgumentsHaveTheOfficialDefaults() {
        TransformerConfig config =
                OfficialArguments.of(Map.of("model", "SiT-S/8")).transformer();
        assertThat(config.width()).isEqualTo(384);
        assertThat(config.patchSize()).isEqualTo(8);
        assertThat(config.modalities()).isEqualTo(1);
        assertThat(config.jointHeads()).isFalse();
        assertThat(config.timeEmbedding()).isEqualTo(TimeEmbedding.SHARED);
        assertThat(config.nullClass()).isTrue();
    }

    @Test
    void theConstructorsNamesAreUnderstood() {
        TransformerConfig config = OfficialArguments.of(Map.ofEntries(
                        Map.entry("input_size", 6),
                        Map.entry("hidden_size", 32),
                        Map.entry("decoder_hidden_size", 32),
                        Map.entry("depth", 2),
                        Map.entry("num_heads", 2),
                        Map.entry("encoder_depth", 1),
                        Map.entry("class_dropout_prob", 0.0),
                        Map.entry("z_dims", List.of(16, 24)),
                        Map.entry("is_mmcat_diff", true),
                        Map.entry("use_decouple_latent", true)))
                .transformer();
        assertThat(config.projections()).containsExactly(16, 24);
        assertThat(config.nullClass()).isFalse();
        assertThat(config.timeEmbedding()).isEqualTo(TimeEmbedding.PER_ELEMENT);
    }

    @Test
    void unknownValuesAreNamed() {
        assertRefused(Map.of("model", "SiT-H/2"), "'SiT-H/2'", "S, B, L, XL");
        assertRefused(Map.of("model", "SiT-S/3"), "'SiT-S/3'");
        assertRefused(Map.of("model", 3), "'model'", "a text");
        assertRefused(Map.of("num_tasks", "four"), "'num_tasks'", "'four'", "whole number");
        assertRefused(Map.of("num_tasks", 2.5), "'num_tasks'", "'2.5'");
        assertRefused(Map.of("num_tasks", 1L << 40), "'num_tasks'");
        assertRefused(Map.of("is_mmcat_diff", 1), "'is_mmcat_diff'", "true or false");
        assertRefused(Map.of("cfg_prob", Double.NaN), "'cfg_prob'", "NaN");
        assertRefused(Map.of("z_dims", 768), "'z_dims'", "list");
        assertRefused(Map.of("z_dims", List.of("a")), "'z_dims'", "'a'");
        assertRefused(Map.of("decoder_hidden_size", 64), "'decoder_hidden_size'", "1152");
        assertRefused(Map.of("num_tasks", 0), "modalities", "at least 1");
        assertThatThrownBy(
                        () -> OfficialArguments.of(Map.of("path_type", "edm")).path())
                .hasMessageContaining("'edm'");
    }

    private static void assertRefused(Map<String, Object> arguments, String... parts) {
        assertThatThrownBy(() -> OfficialArguments.of(arguments).transformer())
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }
}
