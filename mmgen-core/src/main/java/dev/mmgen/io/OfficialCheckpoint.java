package dev.mmgen.io;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A training checkpoint of the official implementation: a {@code .pt} file with {@code ema}, the EMA weights that
 * inference uses, and {@code args}, the arguments of its training. Those that this library's trainer wrote also
 * hold the settings of their model folder: modalities, statistics of latents, names of classes, sampling defaults. What else it holds is not read.
 */
public final class OfficialCheckpoint implements AutoCloseable {

    private static final String WEIGHTS = "ema";
    private static final String ARGUMENTS = "args";
    private static final String OWN = "mmgen";
    private static final String NAMES = "modalities";
    private static final String SETTINGS = "config";

    private final PickleCheckpoint file;
    private final ModelConfig config;

    private OfficialCheckpoint(PickleCheckpoint file, ModelConfig config) {
        this.file = file;
        this.config = config;
    }

    /**
     * Opens a checkpoint. Nothing in it is executed.
     *
     * @throws ModelFolderException if it holds no EMA weights or no arguments, or these describe no known model
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is damaged or holds more than data
     */
    public static OfficialCheckpoint open(Path path) {
        return open(path, Map.of());
    }

    /**
     * Opens a checkpoint of a model whose shape its own arguments do not tell, because it has another width, for example,
     * than the official sizes.
     *
     * @param arguments by their official names, see {@link OfficialArguments}; they win over those in the file
     * @see #open(Path) for the exceptions
     */
    public static OfficialCheckpoint open(Path path, Map<String, ?> arguments) {
        PickleCheckpoint file = PickleCheckpoint.open(path);
        try {
            return new OfficialCheckpoint(file, config(file, arguments));
        } catch (IllegalArgumentException e) {
            file.close();
            throw new ModelFolderException(path, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static ModelConfig config(PickleCheckpoint file, Map<String, ?> given) {
        for (String key : new String[] {WEIGHTS, ARGUMENTS}) {
            if (!file.has(key)) {
                throw new ModelFolderException(
                        file.path(),
                        "has no '" + key + "'; it holds " + file.keys()
                                + ", which is not a training checkpoint of the official implementation");
            }
        }
        if (!(file.value(ARGUMENTS) instanceof Map<?, ?> stored)) {
            throw new ModelFolderException(file.path(), "has '" + ARGUMENTS + "' that are not arguments by name");
        }
        Map<String, Object> arguments = new LinkedHashMap<>();
        stored.forEach((name, value) -> {
            if (value != null) {
                arguments.put(String.valueOf(name), value);
            }
        });
        arguments.putAll(given);
        completeFromWeights(arguments, file.infos(WEIGHTS));
        OfficialArguments official = OfficialArguments.of(arguments);
        return config(file, official);
    }

    private static ModelConfig config(PickleCheckpoint file, OfficialArguments official) {
        if (own(file).get(SETTINGS) instanceof String settings) {
            return ModelConfig.read(new ByteArrayInputStream(settings.getBytes(StandardCharsets.UTF_8))).toBuilder()
                    .transformer(official.transformer())
                    .build();
        }
        ModelConfig.Builder config = ModelConfig.builder(official.transformer())
                .path(official.path().name())
                .modalityNames(names(file));
        latentsOfRun(file.path()).ifPresent(config::latents);
        return config.build();
    }

    /** Returns the normalisation beside the checkpoints of a run, which a checkpoint of before does not hold. */
    private static Optional<LatentNormalization> latentsOfRun(Path checkpoint) {
        Path checkpoints = checkpoint.toAbsolutePath().normalize().getParent();
        if (checkpoints == null || !checkpoints.endsWith("checkpoints")) {
            return Optional.empty();
        }
        return Optional.of(checkpoints.resolveSibling("latents.json"))
                .filter(Files::isRegularFile)
                .map(LatentNormalizationFile::read);
    }

    private static Map<?, ?> own(PickleCheckpoint file) {
        return file.has(OWN) && file.value(OWN) instanceof Map<?, ?> own ? own : Map.of();
    }

    /** Returns the names of the modalities, which the checkpoints of this library's trainer tell; else none. */
    private static List<String> names(PickleCheckpoint file) {
        return own(file).get(NAMES) instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** Fills in arguments that are absent and that the weights tell, as the reference does. */
    private static void completeFromWeights(Map<String, Object> arguments, Map<String, TensorInfo> infos) {
        rows(infos, "y_embedder.embedding_table.weight").ifPresent(rows -> {
            long classes = arguments.get("num_classes") instanceof Number number ? number.longValue() : 1000;
            arguments.putIfAbsent("cfg_prob", rows == classes + 1 ? 0.1 : 0.0);
        });
        arguments.putIfAbsent(
                "z_dims",
                infos.keySet().stream()
                        .filter(key -> key.matches("projectors\\.\\d+\\.4\\.weight"))
                        .flatMap(key -> rows(infos, key).stream())
                        .toList());
        rows(infos, "projectors.0.0.weight").ifPresent(rows -> arguments.putIfAbsent("projector_dim", rows));
    }

    /** Returns the first size of a matrix, if there is that matrix. */
    private static Optional<Long> rows(Map<String, TensorInfo> infos, String key) {
        return Optional.ofNullable(infos.get(key))
                .map(TensorInfo::shape)
                .filter(shape -> shape.rank() == 2)
                .map(shape -> shape.size(0));
    }

    /** Returns the model's settings. */
    public ModelConfig config() {
        return config;
    }

    /** Maps the EMA weights, without projectors where asked. Close the result. */
    public StateDict weights(boolean withProjectors) {
        StateDict all = file.stateDict(WEIGHTS);
        return withProjectors ? all : all.without("projectors.");
    }

    /**
     * Maps the EMA weights into a transformer without projectors.
     *
     * @return the transformer; close it after use
     * @throws ModelFolderException if weights and arguments do not fit; the message lists every key at fault
     * @throws dev.mmgen.torch.weights.WeightFileException if a weight is NaN or infinite; the message names its tensor
     */
    public DiffusionTransformer transformer() {
        return transformer(false);
    }

    private DiffusionTransformer transformer(boolean withProjectors) {
        DiffusionTransformer transformer = new DiffusionTransformer(shape(withProjectors));
        try (StateDict state = weights(withProjectors)) {
            transformer.load(state.requireFinite(file.path()), Strictness.EXACT);
            return transformer;
        } catch (StateMismatchException e) {
            transformer.close();
            throw new ModelFolderException(
                    file.path(), e.getMessage() + "; its '" + ARGUMENTS + "' describe another model", e);
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    private TransformerConfig shape(boolean withProjectors) {
        return withProjectors ? config.transformer() : config.transformer().withoutProjectors();
    }

    /**
     * Writes settings and EMA weights as a model folder. The autoencoder is not part of a checkpoint: put it beside them.
     *
     * @param dtype the type to store, null for the one they have
     * @throws ModelFolderException if weights and arguments do not fit, or the settings cannot be written
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights cannot be written
     */
    public void convert(Path folder, @Nullable DType dtype, boolean withProjectors) {
        convert(folder, dtype, withProjectors, UnaryOperator.identity());
    }

    /**
     * Writes a model folder with settings that are not in the checkpoint: the normalization of latents, the names of
     * modalities and classes.
     *
     * @param completed completes the settings that the checkpoint holds, for example {@code config -> config.with(latents)}
     * @throws ModelFolderException also if the settings do not fit the weights
     * @see #convert(Path, DType, boolean) for the rest
     */
    public void convert(
            Path folder, @Nullable DType dtype, boolean withProjectors, UnaryOperator<ModelConfig> completed) {
        ModelConfig settings = settings(withProjectors, completed);
        try (DiffusionTransformer transformer = transformer(withProjectors)) {
            ModelFolder.write(folder, settings, transformer, dtype);
        }
    }

    /**
     * Writes settings and EMA weights as the weaker model that guides the model of a folder, see {@link ModelFolder#guide}.
     *
     * @param folder of the model that is guided
     * @param guided that model's inputs
     * @param dtype  the type to store, null for the one they have
     * @throws IllegalArgumentException if this model cannot guide that one
     * @see #convert(Path, DType, boolean) for the other exceptions
     */
    public void convertGuide(Path folder, VelocityModel.Inputs guided, @Nullable DType dtype) {
        guided.requireGuide(config.transformer().inputs());
        convert(folder.resolve(ModelFolder.GUIDE), dtype, false);
    }

    private ModelConfig settings(boolean withProjectors, UnaryOperator<ModelConfig> completed) {
        try {
            return completed.apply(config.with(shape(withProjectors)));
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(file.path(), "holds another model: " + e.getMessage(), e);
        }
    }

    /** Closes the file. What was mapped from it stays usable. */
    @Override
    public void close() {
        file.close();
    }
}
