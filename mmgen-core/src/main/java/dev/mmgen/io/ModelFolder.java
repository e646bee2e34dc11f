package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model on disk: {@code config.json}, {@code model.safetensors} (or shards with their index) and {@code vae/}, an
 * autoencoder in the layout of diffusers.
 */
public final class ModelFolder {

    /** The folder of the autoencoder. */
    public static final String AUTOENCODER = "vae";

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final long MAX_CONFIG_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path folder;
    private final ModelConfig config;

    private ModelFolder(Path folder, ModelConfig config) {
        this.folder = folder;
        this.config = config;
    }

    /**
     * Reads a folder's settings.
     *
     * @throws ModelFolderException if there are none or they are not valid; the message names the setting
     */
    public static ModelFolder open(Path folder) {
        Path file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new ModelFolderException(folder, "has no " + CONFIG
                    + ", so it is not a model folder; 'mmgen convert' makes one from an official checkpoint");
        }
        try {
            if (Files.size(file) > MAX_CONFIG_BYTES) {
                throw new ModelFolderException(file, "is over " + MAX_CONFIG_BYTES + " bytes long; these are no settings");
            }
            return new ModelFolder(folder, JSON.readValue(Files.readAllBytes(file), ModelConfig.class));
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be read: " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw new ModelFolderException(file, "does not hold a model's settings: " + reason(e), e);
        }
    }

    private static String reason(JacksonException e) {
        Throwable cause = e.getCause();
        return cause instanceof IllegalArgumentException ? String.valueOf(cause.getMessage()) : e.getOriginalMessage();
    }

    /** Returns the settings. */
    public ModelConfig config() {
        return config;
    }

    /** Returns the folder. */
    public Path path() {
        return folder;
    }

    /**
     * Maps the weights of the transformer. Projectors are left out: they serve training alone.
     *
     * @return the transformer; close it after use
     * @throws ModelFolderException if weights and settings do not fit; the message lists every key at fault
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights are missing or damaged
     */
    public DiffusionTransformer transformer() {
        DiffusionTransformer transformer = new DiffusionTransformer(config.transformer().withoutProjectors());
        Path file = Files.exists(folder.resolve(WEIGHTS)) ? folder.resolve(WEIGHTS) : folder.resolve(WEIGHTS + ".index.json");
        try (WeightFile weights = WeightFile.open(file);
                StateDict state = weights.load(key -> !key.startsWith("projectors."))) {
            transformer.load(state, Strictness.EXACT);
            return transformer;
        } catch (StateMismatchException e) {
            transformer.close();
            throw new ModelFolderException(file, e.getMessage() + "; " + CONFIG + " describes another model", e);
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    /**
     * Writes settings and weights. The settings come last, so that a folder with settings is whole.
     *
     * @throws ModelFolderException if the settings cannot be written
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights cannot be written
     */
    public static void write(Path folder, ModelConfig config, StateDict weights) {
        Safetensors.write(folder.resolve(WEIGHTS), weights, Map.of("format", "pt"));
        Path file = folder.resolve(CONFIG);
        try {
            Path fresh = folder.resolve(CONFIG + ".new");
            try {
                Files.write(fresh, JSON.writeValueAsBytes(config));
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be written: " + e.getMessage(), e);
        }
    }
}
