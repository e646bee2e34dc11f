package dev.mmgen.onnx;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.TiledAutoencoder;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.lora.Lora;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.weights.StateDict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * ONNX files of a model, for the runtimes of phones, browsers and other languages: operator set 20, float32, in ONNX Runtime
 * within 1e-4 of RMS of this library's own results.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="onnx-export"}
 *
 * <table>
 * <caption>The three networks. Sizes in letters are free.</caption>
 * <tr><th>file</th><th>inputs</th><th>outputs</th></tr>
 * <tr><td>{@value #TRANSFORMER}</td>
 * <td>{@code latents} [N, M * C, h, w], {@code times} (see {@link dev.mmgen.model.TimeEmbedding}; N rows), {@code labels} [N],
 * where the model has tasks {@code tasks} [N]</td>
 * <td>{@code velocity} [N, M * C, h, w]</td></tr>
 * <tr><td>{@value #ENCODER}</td><td>{@code pixels} [N, 3, H, W] in [-1, 1]</td>
 * <td>{@code mean}, {@code deviation} of the posterior, [N, C, H / factor, W / factor]</td></tr>
 * <tr><td>{@value #DECODER}</td><td>{@code latents} [N, C, h, w], raw</td>
 * <td>{@code pixels} [N, 3, h * factor, w * factor], nominally in [-1, 1]</td></tr>
 * </table>
 *
 * <p>Labels and tasks are int64, everything else is float32; {@link VelocityModel#forward} says what they mean. The weights of
 * each network lie beside it, in a file of the same name and {@code .data}, under their official names. Each input and output
 * has a description in the file. The metadata {@value #CONFIG} of files that {@link #write} makes is the model folder's
 * {@code config.json}, which tells the modalities, their normalisation, the path and the defaults of sampling. A folder's guide
 * is a network of its own and stays out.
 */
public final class OnnxExport {

    /** The file of the transformer. */
    public static final String TRANSFORMER = "transformer.onnx";

    /** The file of the autoencoder's encoder. */
    public static final String ENCODER = "encoder.onnx";

    /** The file of the autoencoder's decoder. */
    public static final String DECODER = "decoder.onnx";

    /** The key of the model's settings among the metadata of each file. */
    public static final String CONFIG = "mmgen.config";

    private static final int LISTED = 5;

    private OnnxExport() {}

    /**
     * Writes all networks of a model folder. One at a time is open, so that it takes the memory of the largest.
     *
     * @param folder is made if needed; files of the same names are replaced
     * @throws OnnxExportException if the model is a flow map, a part cannot be expressed or a file cannot be written
     * @throws dev.mmgen.io.ModelFolderException if the model folder is not whole
     * @throws dev.mmgen.torch.weights.WeightFileException if its weights are damaged
     */
    public static void write(ModelFolder model, Path folder) {
        requireVelocities(model.config().transformer());
        Map<String, String> metadata = Map.of(CONFIG, settings(model));
        try (AutoencoderKl autoencoder = AutoencoderFolder.open(model.path().resolve(ModelFolder.AUTOENCODER))) {
            makeFolder(folder);
            List.of(ENCODER, DECODER, TRANSFORMER).forEach(name -> OnnxFile.require(folder.resolve(name)));
            writeEncoder(autoencoder, metadata, folder.resolve(ENCODER));
            writeDecoder(autoencoder, metadata, folder.resolve(DECODER));
        }
        try (DiffusionTransformer transformer = model.transformer()) {
            writeTransformer(transformer, metadata, folder.resolve(TRANSFORMER));
        }
    }

    /**
     * Writes one pass of a transformer. Alignment projectors, which serve training alone, are left out.
     *
     * @throws OnnxExportException if the model is not a {@link DiffusionTransformer}, is a flow map, has a part that cannot be expressed, such
     *     as a LoRA adapter, or a file cannot be written
     */
    public static void writeTransformer(VelocityModel model, Path file) {
        if (!(model instanceof DiffusionTransformer transformer)) {
            throw new OnnxExportException(
                    "the velocity model " + model.getClass().getName() + " cannot be expressed in ONNX; only a "
                            + DiffusionTransformer.class.getSimpleName() + " can");
        }
        writeTransformer(transformer, Map.of(), file);
    }

    private static void writeTransformer(DiffusionTransformer transformer, Map<String, String> metadata, Path file) {
        requireVelocities(transformer.config());
        OnnxFile.require(file);
        try (StateDict state = transformer.state()) {
            write(TransformerGraph.of(transformer.config(), state.without("projectors.")), metadata, file);
        }
    }

    /** A flow map without the ends of its steps would be a model of velocities of which none is right. */
    private static void requireVelocities(TransformerConfig config) {
        if (config.flowMapDepth() > 0) {
            throw new OnnxExportException("the model is a flow map (flowMapDepth is " + config.flowMapDepth()
                    + "): it needs the time at which a step ends, for which an exported transformer has no input; export the"
                    + " model that it was made from");
        }
    }

    /**
     * Writes the encoder of an autoencoder, without tiles.
     *
     * @throws OnnxExportException if it is not an {@link AutoencoderKl} or a file cannot be written
     */
    public static void writeEncoder(Autoencoder autoencoder, Path file) {
        writeEncoder(network(autoencoder), Map.of(), file);
    }

    private static void writeEncoder(AutoencoderKl network, Map<String, String> metadata, Path file) {
        OnnxFile.require(file);
        try (StateDict state = network.state()) {
            StateDict weights = state.without("decoder.").without("post_quant_conv.");
            write(EncoderGraph.of(network.config(), weights), metadata, file);
        }
    }

    /**
     * Writes the decoder of an autoencoder, without tiles.
     *
     * @throws OnnxExportException if it is not an {@link AutoencoderKl} or a file cannot be written
     */
    public static void writeDecoder(Autoencoder autoencoder, Path file) {
        writeDecoder(network(autoencoder), Map.of(), file);
    }

    private static void writeDecoder(AutoencoderKl network, Map<String, String> metadata, Path file) {
        OnnxFile.require(file);
        try (StateDict state = network.state()) {
            StateDict weights = state.without("encoder.").without("quant_conv.");
            write(DecoderGraph.of(network.config(), weights), metadata, file);
        }
    }

    /** The runtime chooses the size of its images, so that tiles are its affair. */
    private static AutoencoderKl network(Autoencoder autoencoder) {
        Autoencoder network = autoencoder instanceof TiledAutoencoder tiled ? tiled.network() : autoencoder;
        if (network instanceof AutoencoderKl known) {
            return known;
        }
        throw new OnnxExportException("the autoencoder " + network.getClass().getName()
                + " cannot be expressed in ONNX; only an " + AutoencoderKl.class.getSimpleName() + " can");
    }

    private static void write(Graph graph, Map<String, String> metadata, Path file) {
        List<String> unused = graph.unused();
        if (!unused.isEmpty()) {
            throw new OnnxExportException("the " + graph.body().name()
                    + " has weights that its network in ONNX has no place"
                    + " for: " + String.join(", ", unused.subList(0, Math.min(LISTED, unused.size())))
                    + (unused.size() > LISTED ? " and " + (unused.size() - LISTED) + " more" : "") + "; "
                    + remedy(unused));
        }
        try (TensorScope _ = TensorScope.open()) {
            new OnnxFile(graph, metadata, file).write();
        } catch (IOException e) {
            throw new OnnxExportException(file + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static String remedy(List<String> unused) {
        return unused.stream().allMatch(Lora::isAdapterWeight)
                ? "merge the LoRA adapter into the weights with Lora.merge and drop it with Lora.detach, then export"
                : "export a model that has the standard layers alone";
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new OnnxExportException(folder + " cannot be created: " + FileReason.writing(e), e);
        }
    }

    private static String settings(ModelFolder model) {
        Path file = model.path().resolve("config.json");
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new OnnxExportException(file + " cannot be read: " + FileReason.reading(e), e);
        }
    }
}
