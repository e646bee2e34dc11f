package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsHeaderTest {

    @TempDir
    private Path folder;

    @Test
    void everySupportedTypeAndMetadataAreRead() {
        Path path = write("""
                {"__metadata__":{"format":"pt","é":"☃"},
                 "d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},
                 "e":{"dtype":"I64","shape":[0,4],"data_offsets":[8,8]},
                 "h":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},
                 "b":{"dtype":"BOOL","shape":[1],"data_offsets":[12,13]}}""" + "   ", 13);
        try (Safetensors file = Safetensors.open(path)) {
            assertThat(file.metadata()).containsEntry("format", "pt").containsEntry("é", "☃");
            assertThat(file.infos().keySet()).containsExactly("d", "e", "h", "b");
            TensorInfo half = file.infos().get("h");
            assertThat(half.dtype()).isEqualTo(DType.FLOAT16);
            assertThat(half.shape()).isEqualTo(Shape.of(1, 2));
            assertThat(half.byteLength()).isEqualTo(4);
            assertThat(half.byteOffset()).isEqualTo(file.infos().get("d").byteOffset() + 8);
            assertThat(half.isContiguous()).isTrue();
        }
    }

    @Test
    void aFileWithoutTensorsIsRead() {
        try (Safetensors file = Safetensors.open(write("{}", 0))) {
            assertThat(file.infos()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            []                                                                              | 0  | not a JSON object
            {} {}                                                                           | 0  | goes on after
            {"a":1}                                                                         | 0  | be an object with
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}}                   | 4  | Duplicate
            {"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}            | 4  | Duplicate
            {"a":{"dtype":"F12","shape":[1],"data_offsets":[0,4]}}                          | 4  | has dtype F12
            {"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}                              | 4  | dtype must be a text
            {"a":{"dtype":[4],"shape":[1],"data_offsets":[0,4]}}                            | 4  | dtype must be a text
            {"a":{"dtype":{"x":1},"shape":[1],"data_offsets":[0,4]}}                        | 4  | dtype must be a text
            {"a":{"shape":[1],"data_offsets":[0,4]}}                                        | 4  | needs a dtype
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}                        | 8  | two data_offsets
            {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}                        | 4  | whole numbers
            {"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}                        | 4  | whole numbers
            {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}                            | 4  | whole numbers
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}                         | 4  | negative number -4
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}       | 4  | out of range
            {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}      | 0  | more elements than
            {"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}        | 0  | overflows
            {"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}    | 0  | overflow
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                          | 4  | do not lie within
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                          | 4  | do not lie within
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}                          | 8  | needs 4 bytes but
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                          | 4  | reaches past
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}                          | 8  | leaves a hole of 4
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                          | 5  | 1 bytes belong to no
            {"__metadata__":{"a":1}}                                                        | 0  | must be a string
            {"__metadata__":[]}                                                             | 0  | an object of strings
            {"a":{"x":[[[[[[[[[[]]]]]]]]]]}}                                                | 0  | nesting depth
            {"a"                                                                            | 0  | not valid JSON
            """)
    void brokenHeadersAreRefused(String json, int dataBytes, String problem) {
        Path path = write(json, dataBytes);
        assertThatThrownBy(() -> Safetensors.open(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("made.safetensors")
                .hasMessageContaining(problem);
    }

    @Test
    void onlyUtf8IsUnderstood() throws IOException {
        for (Charset charset : new Charset[] {StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE}) {
            Path path = write("{}".getBytes(charset), 0);
            assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(WeightFileException.class);
        }
        Path path = write("{\"\u00e9\":{}}".getBytes(StandardCharsets.ISO_8859_1), 0);
        assertThatThrownBy(() -> Safetensors.open(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("the header is not UTF-8 text");
    }

    @Test
    void lengthsBeyondTheFileOrTheLimitAreRefused() throws IOException {
        Path path = folder.resolve("made.safetensors");
        long limit = SafetensorsHeader.MAX_BYTES;
        for (long length : new long[] {3, limit, limit + 1, Long.MAX_VALUE, -1}) {
            Files.write(
                    path,
                    ByteBuffer.allocate(10)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(length)
                            .array());
            assertThatThrownBy(() -> Safetensors.open(path))
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageContaining(
                            length == 3 || length == SafetensorsHeader.MAX_BYTES ? "is cut off" : "limit");
        }
        Files.write(path, new byte[7]);
        assertThatThrownBy(() -> Safetensors.open(path)).hasMessageContaining("too short");
    }

    private Path write(String json, int dataBytes) {
        return write(json.getBytes(StandardCharsets.UTF_8), dataBytes);
    }

    private Path write(byte[] json, int dataBytes) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            return Files.write(
                    folder.resolve("made.safetensors"),
                    bytes.putLong(json.length).put(json).array());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
