package dev.mmgen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.train.Precision;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {

    private static final String USAGE = "SomeBenchmark SIZE [TURNS] [encode|decode] [JSON-FILE]";

    @TempDir
    private Path folder;

    /** The status of a run, and the texts that it printed. */
    private record Ended(int status, String out, String err) {}

    @Test
    void wordsThatAreLeftOutAreTheUsualOnes() {
        Arguments arguments = new Arguments(USAGE, "XL");
        assertThat(arguments.size(0, "S")).isEqualTo("XL");
        assertThat(arguments.count(1, 15)).isEqualTo(15);
        assertThat(arguments.oneOf(2, "encode", List.of("encode", "decode"))).isEqualTo("encode");
        assertThat(arguments.precision(1)).isEqualTo(Precision.FLOAT32);
        assertThat(new Arguments("B [SIZES]").sizes(0, "S,B")).containsExactly("S", "B");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "S 0",
                "S -3",
                "S many",
                "Q",
                "S 2 sideways",
                "S 2 encode absent/times.json",
                "S 2 encode t.json more",
                ""
            })
    void wrongWordsEndWithALineBeforeAnythingIsMeasured(String line) throws Exception {
        Ended ended = end(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines()).hasSize(1).first().asString().endsWith("; usage: " + USAGE);
    }

    @Test
    void faultNamesTheWordAndWhatItShouldBe() throws Exception {
        assertThat(end("S", "0").err()).startsWith("TURNS is '0'; it must be a whole number of at least 1");
        assertThat(end("S", "1", "sideways").err())
                .startsWith("encode|decode is 'sideways'; it must be one of encode, decode");
        assertThat(end("Q").err()).startsWith("SIZE is 'Q'; it must be one of S, B, L, XL");
        assertThat(end().err()).startsWith("SIZE is missing");
    }

    @Test
    void helpIsTheLineOfUsage() throws Exception {
        assertThat(end("--help")).isEqualTo(new Ended(0, "usage: " + USAGE + System.lineSeparator(), ""));
    }

    @Test
    void rightWordsAreMeasured() throws Exception {
        Ended ended = end("S", "2", "decode", folder.resolve("times.json").toString());
        assertThat(ended).isEqualTo(new Ended(0, "measured", ""));
        assertThat(folder).isEmptyDirectory();
    }

    private static void measure(Arguments arguments) {
        arguments.size(0, "");
        arguments.count(1, 2);
        arguments.oneOf(2, "encode", List.of("encode", "decode"));
        if (arguments.has(3)) {
            arguments.newFile(3);
        }
        System.out.print("measured");
    }

    private static Ended end(String... words) throws Exception {
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int status = Arguments.status(USAGE, words, ArgumentsTest::measure);
            return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(realOut);
            System.setErr(realErr);
        }
    }
}
