package dev.mmgen.train.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.train.LossReport;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.WeightUpdate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_700_000_000_500L));

    /** Made with a program of its own from the formats' descriptions: version, start of a session, one scalar. */
    private static final String KNOWN = "1800000000000000a37f4b22" + "0900002040fc54d9411a0d627261696e2e4576656e743a32"
            + "2b353110"
            + "100000000000000095fbfe18" + "0900002040fc54d94110ad023a020801" + "596f3f79"
            + "1b000000000000001a0d9e13" + "0900002040fc54d94110ad022a0d0a0b0a046c6f7373150000803e" + "fc9e40e4";

    @TempDir
    Path folder;

    @Test
    void bytesAreThoseOfTheFormats() throws Exception {
        Path file;
        try (EventFile events = EventFile.begin(folder.resolve("new"), 301, CLOCK)) {
            events.scalars(301, Map.of("loss", 0.25));
            file = events.path();
        }
        assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.1700000000.");
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file))).isEqualTo(KNOWN);
    }

    @Test
    void checksumsAreMasked() {
        assertThat(EventFile.maskedCrc("123456789".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(0xc78ab0e5);
    }

    @Test
    void stepsBecomeCurves() throws Exception {
        Path file;
        try (EventFile events = EventFile.begin(folder, 1, CLOCK)) {
            new StepCurves(events, List.of("rgb", "depth", "normal"))
                    .accept(new StepReport(
                            1,
                            new LossReport(1, 2, Arrays.asList(3.0, 4.0, null), List.of(5, 5, 0)).withAlignment(-0.5),
                            new WeightUpdate.Result(6, 7, false),
                            new StepTimes(8, 9, 10, 11)));
            file = events.path();
        }
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                .contains(
                        "loss/total",
                        "loss/velocity",
                        "loss/rgb",
                        "loss/depth",
                        "loss/alignment",
                        "gradient_norm",
                        "learning_rate",
                        "seconds/data",
                        "seconds/step")
                .doesNotContain("loss/normal");
    }
}
