package dev.mmgen.bench;

import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Libtorch;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Opening a transformer and three forward passes, as a request makes them: times, and the resident memory after each (Linux), of which
 * what is mapped of files can leave it at any time: {@code OpenBenchmark MODEL-FOLDER [TYPE]} or {@code OpenBenchmark CHECKPOINT.pt
 * [TYPE]}. The type is that of the weights, if it is left out, or int8 beside that.
 */
public final class OpenBenchmark {

    private static final String USAGE = "OpenBenchmark MODEL [TYPE]";

    private OpenBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, OpenBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException {
        Path path = Path.of(arguments.word(0));
        DType wanted =
                arguments.has(1) ? arguments.read(1, arguments.word(1), "a type, such as float32", DType::named) : null;
        Libtorch.load();
        print("libtorch loaded", System.nanoTime());
        long start = System.nanoTime();
        try (DiffusionTransformer model = open(path);
                Generator generator = Generator.seeded(0);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            DType type = wanted == null ? model.dtype() : wanted;
            model.to(Device.CPU, type == DType.INT8 ? model.dtype() : type);
            model.packMatrices();
            if (type == DType.INT8) {
                model.quantize();
            }
            print("opened", start);
            System.out.printf(
                    Locale.ROOT,
                    "%-18s %,d bytes%n",
                    "weights",
                    model.parameterCount() * model.dtype().byteSize());
            int size = model.config().inputSize();
            Tensor latents =
                    Torch.randn(generator, DType.FLOAT32, 1, model.config().inputChannels(), size, size);
            Tensor times = Torch.full(
                    0.5, DType.FLOAT32, Device.CPU, Shape.of(1, model.config().inputChannels(), 1, 1));
            Tensor labels = Torch.tensor(new long[] {0});
            for (int i = 1; i <= 3; i++) {
                start = System.nanoTime();
                model.forward(latents, times, labels, null).close();
                print("forward " + i, start);
            }
        }
    }

    private static DiffusionTransformer open(Path path) {
        if (Files.isDirectory(path)) {
            return ModelFolder.open(path).transformer();
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(path)) {
            return checkpoint.transformer();
        }
    }

    private static void print(String event, long start) throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%-18s %8.1f ms, resident %,d kB, %,d of them not mapped from files, peak %,d kB%n",
                event,
                (System.nanoTime() - start) / 1e6,
                ProcessMemory.resident(),
                ProcessMemory.own(),
                ProcessMemory.peak());
    }
}
