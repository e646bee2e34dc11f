package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Guidance in requests and in a model's defaults. */
@ExtendWith(TensorLeakCheck.class)
class GuidanceRequestTest {

    private static final RgbImage GREY = grey();

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        SmallModelFolder.write(folder);
    }

    private static RgbImage grey() {
        byte[] pixels = new byte[32 * 32 * 3];
        Arrays.fill(pixels, (byte) 100);
        return RgbImage.of(32, 32, pixels);
    }

    @Test
    void conditionsAreFollowedMoreCloselyOnDemandAndTheTraceTellsIt() {
        try (MmGen mmgen = MmGen.open(folder)) {
            ImageRequestBuilder request = mmgen.generate().steps(2).seed(1).given(Modality.DEPTH, GREY);
            MultiModalImage plain = request.run();
            MultiModalImage close =
                    request.guidance(known -> known.withConditionScale(3)).run();
            assertThat(close.rgb()).isNotEqualTo(plain.rgb());
            assertThat(close.depth()).isEqualTo(plain.depth());
            assertThat(close.trace()).containsEntry("Condition guidance", "3.0").containsEntry("Guidance", "1.0");
            assertThat(plain.trace()).doesNotContainKey("Condition guidance");
            assertThat(mmgen.generate()
                            .steps(2)
                            .guidance(Guidance.NONE.withConditionScale(3))
                            .run()
                            .trace())
                    .doesNotContainKey("Condition guidance");
        }
    }

    @Test
    void aScaleForTheClassLeavesThatForConditions() {
        try (MmGen mmgen = MmGen.open(folder)) {
            ImageRequestBuilder request = mmgen.generate().guidance(known -> known.withConditionScale(3));
            assertThat(request.guidance(1.5).build().method().guidance()).isEqualTo(new Guidance(1.5, 0, 1, 3));
            assertThat(request.guidance(known -> known.within(0.3, 1))
                            .build()
                            .method()
                            .guidance())
                    .isEqualTo(new Guidance(1.5, 0.3, 1, 3));
            assertThat(request.guidance(Guidance.of(2)).build().method().guidance())
                    .isEqualTo(Guidance.of(2));
            assertThatNullPointerException()
                    .isThrownBy(() -> request.guidance(_ -> null))
                    .withMessageContaining("guidance");
        }
    }

    @Test
    void aModelsSettingsSayHowConditionsAreFollowedAndOldOnesDoNot() throws IOException {
        Path settings = folder.resolve("config.json");
        String json = Files.readString(settings);
        String guidance = "\"conditionScale\" : 1.0";
        assertThat(json).contains(guidance);
        Files.writeString(settings, json.replaceFirst(guidance, "\"conditionScale\" : 2.5"));
        try (MmGen mmgen = MmGen.open(folder)) {
            assertThat(mmgen.generate()
                            .given(Modality.DEPTH, GREY)
                            .build()
                            .method()
                            .guidance()
                            .conditionScale())
                    .isEqualTo(2.5);
        }
        Files.writeString(settings, json.replaceAll(",\\s*" + guidance, ""));
        assertThat(ModelFolder.open(folder).config().sampling().guidance()).isEqualTo(Guidance.NONE);
    }
}
