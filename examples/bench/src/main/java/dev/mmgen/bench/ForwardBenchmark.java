package dev.mmgen.bench;

import dev.mmgen.model.Conditioning;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The time of forward passes of an official size with random weights: {@code ForwardBenchmark SIZE DTYPE BATCH [ROUNDS] [DEVICE]},
 * for example {@code ForwardBenchmark S float32 1}.
 */
public final class ForwardBenchmark {

    private static final String USAGE = "ForwardBenchmark SIZE DTYPE BATCH [ROUNDS] [DEVICE]";

    private ForwardBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, ForwardBenchmark::measure);
    }

    private static void measure(Arguments arguments) {
        String size = arguments.size(0, "");
        DType dtype = arguments.read(1, arguments.word(1), "a type, such as float32", DType::named);
        int batch = arguments.count(2);
        int rounds = arguments.count(3, 15);
        Device device = arguments.read(4, arguments.word(4, "cpu"), "cpu, cuda or cuda:N", Device::parse);
        TransformerConfig config = TransformerConfig.sit(size + "/2").withoutProjectors();
        try (DiffusionTransformer model = new DiffusionTransformer(config);
                Generator generator = Generator.seeded(0);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            model.initialize(generator);
            model.to(device, dtype == DType.INT8 ? DType.FLOAT32 : dtype);
            model.packMatrices();
            if (dtype == DType.INT8) {
                model.quantize();
            }
            Tensor latents =
                    Torch.randn(generator, DType.FLOAT32, batch, 16, 32, 32).to(device);
            Tensor label = Torch.tensor(new long[] {1}).to(device);
            Tensor labels = Torch.tensor(new long[batch]).to(device);
            Tensor time = Torch.full(0.5, DType.FLOAT32, device, Shape.of(1, 16, 1, 1));
            Tensor times = Torch.full(0.5, DType.FLOAT32, device, Shape.of(batch, 16, 1, 1));
            Conditioning known = model.condition(time, label, null);

            System.out.printf(
                    Locale.ROOT,
                    "SiT-%s/2 %s batch %d on %s, %d threads%n",
                    size,
                    dtype.torchName(),
                    batch,
                    device,
                    Torch.threads());
            print("a label per sample", device, rounds, () -> model.forward(latents, times, labels, null));
            print("one label for all", device, rounds, () -> model.forward(latents, time, label, null));
            print("modulations known", device, rounds, () -> model.forward(latents, known));
        }
    }

    private static void print(String name, Device device, int rounds, Supplier<Tensor> forward) {
        double[] millis = new double[rounds];
        for (int i = -2; i < rounds; i++) {
            long start = System.nanoTime();
            try (Tensor _ = forward.get()) {
                Torch.synchronize(device);
            }
            if (i >= 0) {
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        Times times = Times.of(millis);
        System.out.printf(
                Locale.ROOT, "  %-20s median %8.1f ms, fastest %8.1f ms%n", name, times.median(), times.fastest());
    }
}
