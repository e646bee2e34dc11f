package dev.mmgen.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A minute of attack on every target, with a seed of the day. {@code -Dmmgen.fuzz.target}, {@code seed}, {@code seconds} and
 * {@code inputs} choose others; {@code -Dmmgen.fuzz.input} makes one input again.
 */
@Tag("fuzz")
class FuzzTest {

    private static final Path FOLDER = Path.of("fuzz").toAbsolutePath();

    @ParameterizedTest
    @EnumSource
    void noInputIsWorseThanAnException(Targets target) throws Exception {
        String wanted = setting("target", "");
        assumeTrue(wanted.isEmpty() || wanted.equalsIgnoreCase(target.name()), "another target is asked for");
        String seed = setting("seed", String.valueOf(System.currentTimeMillis() / 86_400_000));
        String single = setting("input", "");
        String inputs = single.isEmpty() ? setting("inputs", String.valueOf(Long.MAX_VALUE / 2)) : "1";
        String seconds = setting("seconds", inputs.length() > 15 ? "60" : "86400");
        FuzzJvm run = FuzzJvm.run(
                Fuzzing.class,
                List.of(target.name(), seed, seconds, inputs, single.isEmpty() ? "0" : single, FOLDER.toString()));
        System.out.println(run.text());
        assertThat(run.exitCode())
                .as(() -> "input " + lastInput(target) + " of seed " + seed + "; again with -Dmmgen.fuzz.target="
                        + target + " -Dmmgen.fuzz.seed=" + seed + " -Dmmgen.fuzz.input=" + lastInput(target) + "\n"
                        + run.text())
                .isZero();
    }

    private static String setting(String name, String otherwise) {
        String value = System.getProperty("mmgen.fuzz." + name, "");
        return value.isBlank() ? otherwise : value;
    }

    private static String lastInput(Targets target) {
        try {
            return String.valueOf(ByteBuffer.wrap(Files.readAllBytes(Fuzzing.numberFile(FOLDER, target.name())))
                    .getLong());
        } catch (IOException _) {
            return "none";
        }
    }
}
