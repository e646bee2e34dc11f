package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonlIndexTest {

    private static final String GOOD = "{\"cat\": \"a\", \"idx_cat\": 3, \"path_rel_rgb\": \"a/b.png\"}";

    @TempDir
    private Path folder;

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("train.jsonl"), text);
    }

    @Test
    void fieldsOfTheReferenceAreRead() throws IOException {
        JsonlIndex index = JsonlIndex.read(write("\n{\"cat\":\"c\",\"idx_cat\":1000,\"path_rgb\":\"/d/r.jpg\","
                + "\"path_canny\":\"/d/c.png\",\"path_rel_rgb\":\"x/y.png\",\"more\":[1]}\r\n  \t\n" + GOOD));
        assertThat(index.size()).isEqualTo(2);
        assertThat(index.classes()).isEqualTo(1001);
        IndexEntry entry = index.entries().getFirst();
        assertThat(entry)
                .isEqualTo(new IndexEntry(
                        "c", 1000, "x/y.png", Map.of("rgb", Path.of("/d/r.jpg"), "canny", Path.of("/d/c.png"))));
        assertThat(entry.image("canny")).isEqualTo(Path.of("/d/c.png"));
        assertThatThrownBy(() -> entry.image("depth"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("path_depth")
                .hasMessageContaining("x/y.png");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"cat\": \"a\", idx_cat: 1}|not JSON",
                "[1]|not a JSON object",
                "{} {}|not JSON",
                "{\"idx_cat\":1,\"path_rel_rgb\":\"k\"}|'cat' is missing",
                "{\"cat\":\"a\",\"idx_cat\":1}|'path_rel_rgb' is missing",
                "{\"cat\":\"a\",\"path_rel_rgb\":\"k\"}|'idx_cat' is missing",
                "{\"cat\":\"a\",\"idx_cat\":\"1\",\"path_rel_rgb\":\"k\"}|not a class number",
                "{\"cat\":\"a\",\"idx_cat\":1.5,\"path_rel_rgb\":\"k\"}|not a class number",
                "{\"cat\":\"a\",\"idx_cat\":99999999999,\"path_rel_rgb\":\"k\"}|not a class number",
                "{\"cat\":\"a\",\"idx_cat\":2147483647,\"path_rel_rgb\":\"k\"}|it goes up to 16777216",
                "{\"cat\":\"a\",\"idx_cat\":-1,\"path_rel_rgb\":\"k\"}|negative",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"\"}|key",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"/k\"}|single slashes",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"a/../k\"}|single slashes",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"a\\u0000\"}|NUL",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"k\",\"path_rgb\":3}|path_rgb",
                "{\"cat\":\"a\",\"idx_cat\":1,\"path_rel_rgb\":\"k\",\"path_rgb\":\"a\\u0000\"}|path_rgb"
            })
    void brokenLineIsNamed(String line, String why) throws IOException {
        Path file = write(GOOD + "\n\n" + line + "\n" + GOOD + "\n");
        assertThatThrownBy(() -> JsonlIndex.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("train.jsonl")
                .hasMessageContaining("line 3")
                .hasMessageContaining(why);
    }

    @Test
    void deepNestingIsADataException() throws IOException {
        Path file = write("[".repeat(200_000));
        assertThatThrownBy(() -> JsonlIndex.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 1");
    }

    @Test
    void byteOrderMarksAreSkipped() throws IOException {
        String line = "{\"cat\": \"a\", \"idx_cat\": 3, \"path_rel_rgb\": \"a.png\"}\n";
        Path joined = write("\uFEFF" + line + "\uFEFF" + line.replace("a.png", "b.png"));
        assertThat(JsonlIndex.read(joined).entries())
                .extracting(IndexEntry::key)
                .containsExactly("a.png", "b.png");
    }

    @Test
    void streamIsReadUnderItsName() {
        byte[] text =
                "{\"cat\": \"a\", \"idx_cat\": 3, \"path_rel_rgb\": \"a.png\"}\n[]\n".getBytes(StandardCharsets.UTF_8);
        InputStream first = new ByteArrayInputStream(text, 0, text.length - 3);
        assertThat(JsonlIndex.read(first, "upload").entries().getFirst().label())
                .isEqualTo(3);
        assertThatThrownBy(() -> JsonlIndex.read(new ByteArrayInputStream(text), "upload"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("upload line 2");
    }

    @Test
    void filesWithoutSamplesAreRefused() throws IOException {
        Path blank = write(" \n\n");
        assertThatThrownBy(() -> JsonlIndex.read(blank)).hasMessageContaining("no sample");
        assertThatThrownBy(() -> JsonlIndex.read(folder.resolve("none.jsonl")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl");
        Path binary = Files.write(folder.resolve("binary.jsonl"), new byte[] {(byte) 0xff, (byte) 0xfe, 10});
        assertThatThrownBy(() -> JsonlIndex.read(binary))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> JsonlIndex.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
