package dev.mmgen.torch.crash;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A weight file that loses its end while its tensors are used: every way to read what is gone is an exception. */
final class CutWeights {

    private static final int KEPT = 4096;
    private static final long ROWS = 1024;

    private CutWeights() {}

    public static void main(String[] arguments) throws Exception {
        Torch.setThreads(2);
        Path file = Files.createTempFile("cut", ".safetensors");
        write(file, 1);
        try (Safetensors weights = Safetensors.open(file);
                StateDict state = weights.load();
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor input = Torch.ones(2, ROWS);
            System.out.println("before: " + state.get("first").sum().item());
            cut(file, KEPT);
            print("small", () -> state.get("a").sum().item());
            print("first", () -> state.get("first").sum().item());
            print("first again", () -> state.get("first").sum().item());
            print(
                    "linear",
                    () -> Functional.linear(input, state.get("second"), null)
                            .amax()
                            .item());
            print("floats", () -> state.get("third").toFloats()[9]);
            print(
                    "copy",
                    () -> Torch.zeros(ROWS, ROWS)
                            .copy_(state.get("fourth"))
                            .amax()
                            .item());
            print("view", () -> state.get("third").select(0, 1000).amax().item());
            print("other tensors", () -> input.sum().item());
        }
        print("once closed", () -> Torch.ones(3).sum().item());
        write(file, 2);
        try (Safetensors weights = Safetensors.open(file);
                StateDict state = weights.load()) {
            print("written anew", () -> state.get("first").sum().item());
        }
        javaOwnMapping(file);
        Files.delete(file);
    }

    private static void write(Path file, double value) {
        try (TensorScope _ = TensorScope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            // Safetensors files are sorted by name, so this one lies in the page that stays.
            tensors.put("a", Torch.ones(4));
            for (String name : new String[] {"first", "second", "third", "fourth"}) {
                tensors.put(name, Torch.full(value, DType.FLOAT32, Device.CPU, Shape.of(ROWS, ROWS)));
            }
            Safetensors.write(file, tensors, Map.of());
        }
    }

    private static void cut(Path file, long length) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    /** The JVM answers for its own accesses, through the handler that stands before its own. */
    private static void javaOwnMapping(Path file) throws Exception {
        try (FileChannel channel = FileChannel.open(file)) {
            MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            cut(file, KEPT);
            try {
                System.out.println("Java's own: " + buffer.get(3 * KEPT));
            } catch (InternalError e) {
                System.out.println("Java's own: InternalError");
            }
        }
    }

    private static void print(String name, Supplier<Object> use) {
        try (TensorScope _ = TensorScope.open()) {
            System.out.println(name + ": " + use.get());
        } catch (TorchException e) {
            System.out.println(name + ": " + e.getMessage().replaceFirst(".*safetensors ", ""));
        }
    }
}
