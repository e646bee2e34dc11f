package dev.mmgen.bench;

import ai.onnxruntime.OrtException;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.onnx.OnnxExport;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.io.AtomicFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Times the encoding of square pictures by Stable Diffusion's autoencoder with random weights, or their decoding, against ONNX Runtime on the
 * exported network, in one process and in turns, see {@link Contest}: {@code EncodingBenchmark [SIDE] [TURNS] [encode | decode] [PICTURES]}.
 */
public final class EncodingBenchmark {

    private static final String USAGE = "EncodingBenchmark [SIDE] [TURNS] [encode|decode] [PICTURES]";

    private EncodingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, EncodingBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException, OrtException {
        int side = arguments.multiple(0, 256, 8);
        int turns = arguments.count(1, 7);
        boolean decodes =
                arguments.oneOf(2, "encode", List.of("encode", "decode")).equals("decode");
        int pictures = arguments.count(3, 1);
        Path folder = Files.createTempDirectory("mmgen-encoding");
        try (AutoencoderKl network = new AutoencoderKl(AutoencoderConfig.stableDiffusion());
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            network.initialize(generator);
            Path file = folder.resolve("network.onnx");
            long channels = decodes ? network.latentChannels() : network.imageChannels();
            long extent = decodes ? side / network.factor() : side;
            Tensor input = Torch.randn(generator, DType.FLOAT32, pictures, channels, extent, extent);
            Supplier<Tensor> pass;
            if (decodes) {
                OnnxExport.writeDecoder(network, file);
                pass = () -> network.decode(input);
            } else {
                OnnxExport.writeEncoder(network, file);
                pass = () -> network.encode(input).mean();
            }
            String name = decodes ? "latents" : "pixels";
            try (OnnxPeer peer = new OnnxPeer(file, Map.of(name, input), Torch.threads())) {
                System.out.printf(
                        Locale.ROOT,
                        "%d x %d x %d, %s, %d threads, %d turns, results differ by %.1e of RMS%n",
                        pictures,
                        side,
                        side,
                        decodes ? "decoded" : "encoded",
                        Torch.threads(),
                        turns,
                        OnnxPeer.difference(pass.get(), peer.result()));
                Contest.print(new Contest(peer, turns)
                        .with("mmgen fp32", () -> dropped(pass))
                        .run());
            }
        } finally {
            AtomicFolder.delete(folder);
        }
    }

    private static void dropped(Supplier<Tensor> pass) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor _ = pass.get();
        }
    }
}
