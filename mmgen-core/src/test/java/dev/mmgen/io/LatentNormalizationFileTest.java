package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.codec.LatentNormalization;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentNormalizationFileTest {

    @TempDir
    private Path folder;

    @Test
    void bothFormsAreReadBack() {
        LatentNormalization statistics = new LatentNormalization.Statistics(
                List.of(List.of(0.1, -2.0), List.of(3.0, 1e-7)), List.of(List.of(1.5, 2.0), List.of(0.25, 4.0)));
        for (LatentNormalization latents : List.of(statistics, LatentNormalization.STABLE_DIFFUSION)) {
            Path file = folder.resolve("new/latents.json");
            LatentNormalizationFile.write(file, latents);
            assertThat(LatentNormalizationFile.read(file)).isEqualTo(latents);
            assertThat(file.getParent()).isDirectoryNotContaining("glob:**.tmp");
        }
    }

    @Test
    void streamsHoldTheSame() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LatentNormalizationFile.write(bytes, LatentNormalization.STABLE_DIFFUSION);
        assertThat(LatentNormalizationFile.read(new ByteArrayInputStream(bytes.toByteArray())))
                .isEqualTo(LatentNormalization.STABLE_DIFFUSION);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LatentNormalizationFile.read(new ByteArrayInputStream(new byte[] {'{', '}'})))
                .withMessageContaining("it must be {\"factor\": X} or {\"means\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{\"factor\": -1} ; must be positive",
                "{\"factor\": \"1\"} ; factor",
                "{\"means\": [[0]], \"deviations\": [[0]]} ; deviations of latents must be positive",
                "{\"means\": [[0]]} ; deviations",
                "{\"means\": [[0]], \"deviations\": [[1]], \"scale\": 1} ; scale",
                "{} ; it must be {\"factor\": X} or {\"means\"",
                "{\"steps\": 3} ; it must be {\"factor\": X} or {\"means\"",
                "null ; null stands in place of an object",
                "[1 ; Unexpected"
            })
    void somethingElseIsRefused(String text, String named) throws IOException {
        Path file = Files.writeString(folder.resolve("latents.json"), text);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> LatentNormalizationFile.read(file))
                .withMessageContaining(file + ": does not hold a normalization of latents")
                .withMessageContaining(named);
    }

    @Test
    void aMissingOrEndlessFileIsRefused() throws IOException {
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> LatentNormalizationFile.read(folder.resolve("none.json")))
                .withMessageContaining("none.json")
                .withMessageContaining("mmgen prepare statistics");
        Path large = Files.write(folder.resolve("large.json"), new byte[(1 << 20) + 1]);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> LatentNormalizationFile.read(large))
                .withMessageContaining("large.json");
    }
}
