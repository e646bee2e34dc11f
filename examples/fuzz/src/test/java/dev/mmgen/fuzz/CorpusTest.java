package dev.mmgen.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The inputs that once failed, and the means by which new ones are made. */
class CorpusTest {

    @Test
    void whatOnceFailedStaysMended() throws Exception {
        FuzzJvm run = FuzzJvm.run(
                CorpusReplay.class, List.of(Path.of("fuzz").toAbsolutePath().toString()));
        assertThat(run.exitCode()).as(run.text()).isZero();
        try (Stream<Path> folders = Files.list(Seeds.path(CorpusReplay.CORPUS))) {
            List<String> names =
                    folders.map(folder -> folder.getFileName().toString()).toList();
            List<String> known =
                    Arrays.stream(Targets.values()).map(Targets::folder).toList();
            assertThat(known).containsAll(names);
            assertThat(run.lines()).hasSizeGreaterThanOrEqualTo(names.size());
        }
    }

    @Test
    void oneSeedMakesTheSameInputs() {
        Mutator mutator = new Mutator(
                List.of(new byte[100], "{\"a\": 12, \"b\": [3]}".getBytes(StandardCharsets.UTF_8)), List.of("word"));
        List<byte[]> drawn = new ArrayList<>();
        for (long number = 0; number < 200; number++) {
            byte[] input = mutator.draw(new SplittableRandom(number));
            assertThat(mutator.draw(new SplittableRandom(number))).isEqualTo(input);
            drawn.add(input);
        }
        assertThat(drawn.stream().map(Arrays::hashCode).distinct().count()).isGreaterThan(150);
    }

    /** The watch must see what it is there for. */
    @Test
    void aTargetThatFailsIsReported() throws Exception {
        FuzzJvm run = FuzzJvm.run(FaultyTarget.class, List.of());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.text())
                .contains("input 0 of seed 0: does not help")
                .contains("java.lang.ArithmeticException: / by zero")
                .contains("input 1 of seed 0: took 128 MB of the heap")
                .contains("input 2 of seed 0: leaves 1 tensors")
                .contains("input 3 of seed 0: hides an error")
                .containsPattern("input 4 of seed 0: took 2\\.\\d+ s")
                .contains("5 kinds of failure");
    }
}
