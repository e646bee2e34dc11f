package dev.mmgen.torch.weights;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The writer of a safetensors file: the header, padded to 8 bytes with spaces, then the tensors from wide to narrow types.
 */
final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private static final Comparator<Map.Entry<String, Tensor>> ORDER = Comparator.comparing(
                    (Map.Entry<String, Tensor> entry) ->
                            SafetensorsType.of(entry.getValue().dtype()))
            .thenComparing(Map.Entry::getKey);

    private final Path path;
    private final Map<String, String> metadata;

    SafetensorsWriter(Path path, Map<String, String> metadata) {
        this.path = path;
        this.metadata = metadata;
    }

    void write(Map<String, Tensor> tensors) {
        if (tensors.containsKey(SafetensorsHeader.METADATA)) {
            throw new WeightFileException(path, "a tensor cannot be named " + SafetensorsHeader.METADATA);
        }
        List<Map.Entry<String, Tensor>> ordered =
                tensors.entrySet().stream().sorted(ORDER).toList();
        ByteBuffer header = header(ordered);
        WeightFileException.writing(path, channel -> {
            AtomicFile.writeFully(channel, header);
            TensorBytes bytes = new TensorBytes();
            for (Map.Entry<String, Tensor> entry : ordered) {
                writeTensor(channel, bytes, entry.getValue());
            }
        });
    }

    private static void writeTensor(FileChannel channel, TensorBytes bytes, Tensor tensor) throws IOException {
        long before = channel.position();
        bytes.write(tensor, channel);
        long count = channel.position() - before;
        if (count != TensorBytes.count(tensor)) {
            throw new IOException("a tensor of " + TensorBytes.count(tensor) + " bytes gave " + count);
        }
    }

    private ByteBuffer header(List<Map.Entry<String, Tensor>> ordered) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put(SafetensorsHeader.METADATA, metadata);
        }
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : ordered) {
            Tensor tensor = entry.getValue();
            long end = Math.addExact(offset, TensorBytes.count(tensor));
            header.put(entry.getKey(), description(tensor, offset, end));
            offset = end;
        }
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.writeBytes(Json.COMPACT.bytes(header));
        while (json.size() % ALIGNMENT != 0) {
            json.write(' ');
        }
        if (json.size() > SafetensorsHeader.MAX_BYTES) {
            throw new WeightFileException(
                    path,
                    "the names of the tensors and the metadata take " + json.size() + " bytes, more than the format's "
                            + SafetensorsHeader.MAX_BYTES + "; write several files");
        }
        return ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES + json.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.size())
                .put(json.toByteArray())
                .flip();
    }

    private static Map<String, Object> description(Tensor tensor, long begin, long end) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("dtype", SafetensorsType.of(tensor.dtype()).name());
        description.put("shape", tensor.shape().toArray());
        description.put("data_offsets", new long[] {begin, end});
        return description;
    }
}
