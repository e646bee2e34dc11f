package dev.mmgen.onnx;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph as an ONNX file, with its weights in a second one beside it, {@code NAME.onnx.data}: float32, little-endian, one
 * after another, each on a page of its own so that runtimes can map it.
 *
 * <p>The numbers of the fields are those of <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
final class OnnxFile {

    /** {@code TensorProto.DataType}: float32 and int64. */
    static final int FLOAT = 1;

    private static final int INT64 = 7;

    /** The first operator set with GELU, and the form of file that came with it. */
    private static final int OPERATOR_SET = 20;

    private static final int FILE_FORMAT = 9;

    private static final int PAGE_BYTES = 4096;
    private static final int BUFFER_BYTES = 16 << 20;

    /** {@code TensorProto.DataLocation}. */
    private static final int EXTERNAL = 1;

    private final Graph graph;
    private final Map<String, String> metadata;
    private final Path file;
    private final Path data;
    private final Map<String, Long> offsets = new LinkedHashMap<>();

    OnnxFile(Graph graph, Map<String, String> metadata, Path file) {
        this.graph = graph;
        this.metadata = metadata;
        this.file = file;
        this.data = weightsOf(file);
    }

    /**
     * Checks that a graph and its weights can have their names, before the work of minutes is done.
     *
     * @throws OnnxExportException if not
     */
    static void require(Path file) {
        Path name = file.getFileName();
        if (name == null || name.toString().isEmpty()) {
            throw new OnnxExportException("'" + file + "' is not the name of a file; name one, as in 'model.onnx'");
        }
        for (Path written : List.of(file, weightsOf(file))) {
            if (Files.exists(written) && !Files.isRegularFile(written)) {
                throw new OnnxExportException(written + " cannot be written: there is "
                        + (Files.isDirectory(written) ? "a folder" : "something other than a file")
                        + " of that name; name another file, or remove it");
            }
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new OnnxExportException(file + " cannot be written: "
                    + (Files.exists(folder)
                            ? folder + " is a file, not a folder; name another"
                            : "its folder is not there; make it first"));
        }
    }

    private static Path weightsOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".data");
    }

    /** Writes the weights, then the graph, so that a graph is never without its weights. */
    void write() throws IOException {
        AtomicFile.write(data, this::writeWeights);
        AtomicFile.write(file, model().toBytes());
    }

    private void writeWeights(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Map.Entry<String, Tensor> weight : graph.usedWeights().entrySet()) {
            channel.position(Math.ceilDiv(channel.position(), (long) PAGE_BYTES) * PAGE_BYTES);
            offsets.put(weight.getKey(), channel.position());
            writeWeight(channel, buffer, weight.getValue());
        }
    }

    private static void writeWeight(FileChannel channel, ByteBuffer buffer, Tensor weight) throws IOException {
        long elements = weight.elements();
        long step = BUFFER_BYTES / Float.BYTES;
        try (TensorScope _ = TensorScope.open()) {
            Tensor flat = weight.contiguous().reshape(-1);
            for (long start = 0; start < elements; start += step) {
                try (TensorScope _ = TensorScope.open()) {
                    flat.slice(0, start, Math.min(elements, start + step))
                            .to(Device.CPU, DType.FLOAT32)
                            .copyTo(buffer.clear());
                    AtomicFile.writeFully(channel, buffer.flip());
                }
            }
        }
    }

    private ProtoMessage model() {
        ProtoMessage model = new ProtoMessage()
                .integer(1, FILE_FORMAT)
                .text(2, "mmgen")
                .message(7, body())
                .message(8, new ProtoMessage().text(1, "").integer(2, OPERATOR_SET));
        metadata.forEach((key, value) -> model.message(14, entry(key, value)));
        return model;
    }

    private ProtoMessage body() {
        ProtoMessage message = nodes(graph.body());
        graph.usedWeights().forEach((name, tensor) -> message.message(5, weight(name, tensor)));
        graph.constants().forEach(constant -> message.message(5, constant(constant)));
        graph.inputs().forEach(port -> message.message(11, port(port)));
        return message;
    }

    private static ProtoMessage nodes(Graph.Body body) {
        ProtoMessage message = new ProtoMessage();
        body.nodes().forEach((node, results) -> message.message(1, node(node, results)));
        message.text(2, body.name());
        body.outputs().forEach(port -> message.message(12, port(port)));
        return message;
    }

    private static ProtoMessage node(Node node, List<Value> results) {
        ProtoMessage message = new ProtoMessage()
                .texts(1, node.inputs().stream().map(Value::name).toList())
                .texts(2, results.stream().map(Value::name).toList())
                .text(3, results.getFirst().name())
                .text(4, node.operator());
        node.attributes().forEach((name, value) -> message.message(5, attribute(name, value)));
        return message;
    }

    private static ProtoMessage attribute(String name, Object value) {
        ProtoMessage message = new ProtoMessage().text(1, name);
        return switch (value) {
            case Float number -> message.real(2, number).integer(20, 1);
            case Long number -> message.integer(3, number).integer(20, 2);
            case String text -> message.text(4, text).integer(20, 3);
            case Graph.Body body -> message.message(6, nodes(body)).integer(20, 5);
            case List<?> numbers ->
                message.integers(8, numbers.stream().map(Long.class::cast).toList())
                        .integer(20, 7);
            default -> throw new IllegalArgumentException("attribute '" + name + "' is a " + value.getClass());
        };
    }

    private ProtoMessage weight(String name, Tensor tensor) {
        List<Long> sizes = new ArrayList<>();
        for (long size : tensor.shape().toArray()) {
            sizes.add(size);
        }
        String location = data.getFileName().toString();
        long bytes = tensor.elements() * Float.BYTES;
        return new ProtoMessage()
                .integers(1, sizes)
                .integer(2, FLOAT)
                .text(8, name)
                .message(13, entry("location", location))
                .message(13, entry("offset", String.valueOf(offsets.get(name))))
                .message(13, entry("length", String.valueOf(bytes)))
                .integer(14, EXTERNAL);
    }

    private static ProtoMessage constant(Graph.Constant constant) {
        return new ProtoMessage()
                .integers(1, constant.sizes())
                .integer(2, code(constant.type()))
                .text(8, constant.name())
                .bytes(9, constant.bytes());
    }

    private static ProtoMessage port(Graph.Port port) {
        ProtoMessage tensor = new ProtoMessage().integer(1, code(port.type()));
        if (!port.sizes().isEmpty()) {
            tensor.message(2, shape(port.sizes()));
        }
        ProtoMessage message =
                new ProtoMessage().text(1, port.name()).message(2, new ProtoMessage().message(1, tensor));
        return port.description().isEmpty() ? message : message.text(3, port.description());
    }

    private static ProtoMessage shape(List<Object> sizes) {
        ProtoMessage shape = new ProtoMessage();
        for (Object size : sizes) {
            ProtoMessage dimension = new ProtoMessage();
            shape.message(
                    1,
                    size instanceof Integer number ? dimension.integer(1, number) : dimension.text(2, size.toString()));
        }
        return shape;
    }

    private static ProtoMessage entry(String key, String value) {
        return new ProtoMessage().text(1, key).text(2, value);
    }

    private static int code(DType type) {
        return type == DType.INT64 ? INT64 : FLOAT;
    }
}
