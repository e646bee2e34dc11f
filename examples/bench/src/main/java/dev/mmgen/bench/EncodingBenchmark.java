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
import java.util.Locale;
import java.util.Map;

/**
 * Times the encoding of a square picture by Stable Diffusion's autoencoder with random weights against ONNX Runtime on the exported
 * encoder, in one process and in turns, see {@link Contest}: {@code EncodingBenchmark [SIDE] [TURNS]}.
 */
public final class EncodingBenchmark {

    private EncodingBenchmark() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        int side = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 256;
        int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        Path folder = Files.createTempDirectory("mmgen-encoding");
        try (AutoencoderKl network = new AutoencoderKl(AutoencoderConfig.stableDiffusion());
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            network.initialize(generator);
            Path file = folder.resolve(OnnxExport.ENCODER);
            OnnxExport.writeEncoder(network, file);
            Tensor images = Torch.randn(generator, DType.FLOAT32, 1, network.imageChannels(), side, side);
            try (OnnxPeer peer = new OnnxPeer(file, Map.of("pixels", images), Torch.threads())) {
                System.out.printf(
                        Locale.ROOT,
                        "an image of %d x %d, %d threads, %d turns, means differ by %.1e of RMS%n",
                        side,
                        side,
                        Torch.threads(),
                        turns,
                        OnnxPeer.difference(network.encode(images).mean(), peer.result()));
                Contest.print(new Contest(peer, turns)
                        .with("mmgen fp32", () -> network.encode(images).close())
                        .run());
            }
        } finally {
            AtomicFolder.delete(folder);
        }
    }
}
