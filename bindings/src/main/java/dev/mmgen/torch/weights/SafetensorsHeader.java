package dev.mmgen.torch.weights;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.file.FileBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file: eight bytes of length, then JSON that says where each tensor lies behind it.
 * Enforces the rules of the format: tensors neither overlap nor leave holes and together cover the file to its last
 * byte.
 *
 * @param metadata free text pairs of the {@code __metadata__} entry
 * @param tensors in the order of the header; byte offsets count from the start of the file
 * @param foreign tensors of element types that are not read, likewise
 */
record SafetensorsHeader(
        Map<String, String> metadata, Map<String, TensorInfo> tensors, Map<String, ForeignTensor> foreign) {

    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = Long.BYTES;
    static final int MAX_BYTES = 100_000_000;

    static SafetensorsHeader read(FileBytes file) {
        if (file.size() < LENGTH_BYTES) {
            throw new WeightFileException(
                    file.path(),
                    "is " + file.size() + " bytes long, too short for a safetensors file; copy or download it again");
        }
        long length = file.read(0, LENGTH_BYTES, "the header length").getLong();
        if (length < 0 || length > MAX_BYTES) {
            throw new WeightFileException(
                    file.path(),
                    "header length " + Long.toUnsignedString(length) + " is over the format's limit of " + MAX_BYTES
                            + " bytes; this is not a safetensors file");
        }
        ByteBuffer json = file.read(LENGTH_BYTES, (int) length, "the header");
        return new Reader(file.path(), LENGTH_BYTES + length, file.size()).read(json.array());
    }

    /** Parses one header token by token, so that its size in memory is that of the tensors it names. */
    private static final class Reader {

        private static final int MAX_DEPTH = 8;

        /** The first of its three bytes in UTF-8. */
        private static final byte BYTE_ORDER_MARK = (byte) 0xef;

        private final Path path;
        private final long dataStart;
        private final long fileSize;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        private final Map<String, ForeignTensor> foreign = new LinkedHashMap<>();

        Reader(Path path, long dataStart, long fileSize) {
            this.path = path;
            this.dataStart = dataStart;
            this.fileSize = fileSize;
        }

        SafetensorsHeader read(byte[] json) {
            JsonFactory factory = JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();
            // An explicit decoder: given bytes, the parser would also accept UTF-16 and UTF-32.
            try (JsonParser parser = factory.createParser(
                    new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()))) {
                if (json.length > 0 && json[0] == BYTE_ORDER_MARK) {
                    throw fail(
                            null, "the header begins with a byte-order mark, which the format forbids; write it anew");
                }
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw fail(null, "the header is not a JSON object; this is not a safetensors file");
                }
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    if (key.equals(METADATA)) {
                        readMetadata(parser);
                    } else {
                        readTensor(parser, key);
                    }
                }
                if (parser.nextToken() != null) {
                    throw fail(null, "the header goes on after its JSON object");
                }
            } catch (JacksonException e) {
                throw new WeightFileException(path, "the header is not valid JSON: " + e.getOriginalMessage(), e);
            } catch (CharacterCodingException e) {
                throw new WeightFileException(path, "the header is not UTF-8 text; copy or download the file again", e);
            } catch (IOException e) {
                throw new WeightFileException(path, "the header is not valid JSON: " + e.getMessage(), e);
            }
            checkCoverage();
            return new SafetensorsHeader(
                    Collections.unmodifiableMap(metadata),
                    Collections.unmodifiableMap(tensors),
                    Collections.unmodifiableMap(foreign));
        }

        private void readMetadata(JsonParser parser) throws IOException {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.VALUE_NULL) {
                return;
            }
            if (token != JsonToken.START_OBJECT) {
                throw fail(METADATA, "must be an object of strings");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    throw fail(METADATA, "the value of '" + name + "' must be a string");
                }
                metadata.put(name, parser.getText());
            }
        }

        private void readTensor(JsonParser parser, String key) throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw fail(key, "must be an object with dtype, shape and data_offsets");
            }
            String dtype = null;
            long[] shape = null;
            long[] range = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                JsonToken token = parser.nextToken();
                switch (field) {
                    case "dtype" -> {
                        if (token != JsonToken.VALUE_STRING) {
                            throw fail(key, "dtype must be a text");
                        }
                        dtype = parser.getText();
                    }
                    case "shape" -> shape = readNumbers(parser, key, field);
                    case "data_offsets" -> range = readNumbers(parser, key, field);
                    default -> parser.skipChildren();
                }
            }
            if (dtype == null || shape == null || range == null || range.length != 2) {
                throw fail(key, "needs a dtype, a shape and two data_offsets");
            }
            DType known = SafetensorsType.named(dtype);
            if (known == null && !SafetensorsType.FOREIGN.contains(dtype)) {
                throw fail(
                        key,
                        "has dtype " + dtype + ", which is none of the format; supported are " + SafetensorsType.NAMES);
            }
            if (range[0] > range[1] || range[1] > fileSize - dataStart) {
                throw fail(
                        key,
                        "data_offsets " + range[0] + " to " + range[1] + " do not lie within the "
                                + (fileSize - dataStart) + " bytes of data; the file is cut off or damaged");
            }
            try {
                Shape sizes = Shape.of(shape);
                long byteOffset = dataStart + range[0];
                long byteLength = range[1] - range[0];
                if (known == null) {
                    foreign.put(key, new ForeignTensor(dtype, sizes, byteOffset, byteLength));
                } else {
                    tensors.put(key, TensorInfo.contiguous(known, sizes, byteOffset, byteLength));
                }
            } catch (IllegalArgumentException e) {
                throw new WeightFileException(path, key, String.valueOf(e.getMessage()), e);
            }
        }

        private long[] readNumbers(JsonParser parser, String key, String field) throws IOException {
            List<Long> numbers = new ArrayList<>();
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw fail(key, field + " must be a list of whole numbers");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw fail(key, field + " must be a list of whole numbers");
                }
                long number = parser.getLongValue();
                if (number < 0) {
                    throw fail(key, "negative number " + number + " in " + field);
                }
                numbers.add(number);
            }
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }

        /** The bytes of one tensor. */
        private record Span(String key, long begin, long end) {}

        private void checkCoverage() {
            List<Span> spans = new ArrayList<>();
            tensors.forEach(
                    (key, info) -> spans.add(new Span(key, info.byteOffset(), info.byteOffset() + info.byteLength())));
            foreign.forEach(
                    (key, info) -> spans.add(new Span(key, info.byteOffset(), info.byteOffset() + info.byteLength())));
            spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
            long end = dataStart;
            for (Span span : spans) {
                if (span.begin < end) {
                    throw fail(span.key, "overlaps the tensor before it by " + (end - span.begin) + " bytes");
                }
                if (span.begin > end) {
                    throw fail(span.key, "leaves a hole of " + (span.begin - end) + " bytes that belong to no tensor");
                }
                end = span.end;
            }
            if (end != fileSize) {
                throw fail(null, "the last " + (fileSize - end) + " bytes belong to no tensor");
            }
        }

        private WeightFileException fail(@Nullable String key, String problem) {
            return new WeightFileException(path, key, problem, null);
        }
    }
}
