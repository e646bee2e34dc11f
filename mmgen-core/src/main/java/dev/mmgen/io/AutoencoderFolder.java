package dev.mmgen.io;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A folder with an autoencoder, as diffusers writes it: {@code config.json} and
 * {@code diffusion_pytorch_model.safetensors}, or the same weights as {@code .bin}. Attention weights can have their
 * older names.
 */
public final class AutoencoderFolder {

    private static final String SAFETENSORS = "diffusion_pytorch_model.safetensors";
    private static final String PICKLE = "diffusion_pytorch_model.bin";

    private AutoencoderFolder() {}

    /**
     * Opens an autoencoder: float32, in main memory. Close it after use.
     *
     * @throws ModelFolderException if a file is missing, a setting is not supported, or weights and settings do not fit
     * @throws dev.mmgen.torch.weights.WeightFileException if the weight file is damaged, or a weight is NaN or infinite
     */
    public static AutoencoderKl open(Path folder) {
        AutoencoderConfig config = config(folder);
        Path safetensors = folder.resolve(SAFETENSORS);
        Path pickle = folder.resolve(PICKLE);
        if (Files.isRegularFile(safetensors)) {
            try (Safetensors file = Safetensors.open(safetensors);
                    StateDict state = file.load()) {
                return autoencoder(config, state, safetensors);
            }
        }
        if (Files.isRegularFile(pickle)) {
            try (PickleCheckpoint file = PickleCheckpoint.open(pickle);
                    StateDict state = file.stateDict()) {
                return autoencoder(config, state, pickle);
            }
        }
        throw new ModelFolderException(
                folder,
                "has no " + SAFETENSORS + " and no " + PICKLE
                        + "; download the weights of the autoencoder into this folder");
    }

    private static AutoencoderKl autoencoder(AutoencoderConfig config, StateDict state, Path file) {
        AutoencoderKl autoencoder = new AutoencoderKl(config);
        try (TensorScope _ = TensorScope.open()) {
            autoencoder.load(AttentionNames.modern(state.requireFinite(file)));
            autoencoder.to(autoencoder.device(), DType.FLOAT32);
            return autoencoder;
        } catch (StateMismatchException | IllegalArgumentException e) {
            autoencoder.close();
            throw new ModelFolderException(
                    file, e.getMessage() + "; " + SettingsFile.NAME + " describes another autoencoder", e);
        }
    }

    /**
     * Reads the settings alone.
     *
     * @throws ModelFolderException if the file is missing or a setting is not supported
     */
    public static AutoencoderConfig config(Path folder) {
        byte[] json = SettingsFile.read(folder, ", so it is not the folder of an autoencoder");
        try {
            return config(new ByteArrayInputStream(json));
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(folder.resolve(SettingsFile.NAME), String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Reads settings in the form of diffusers' {@code config.json}.
     *
     * @param stream is read to its end; the caller closes it
     * @throws IllegalArgumentException naming the setting that is wrong or not supported
     * @throws java.io.UncheckedIOException if the stream fails
     */
    public static AutoencoderConfig config(InputStream stream) {
        try {
            return AutoencoderJson.parse(Json.COMPACT.tree(SettingsFile.read(stream)));
        } catch (JsonException e) {
            throw new IllegalArgumentException("is not valid JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Copies the files of an autoencoder, bit by bit, where a model folder has them. Where the file system can, the weights
     * are linked, so that any number of checkpoints hold them once.
     *
     * @param target is made if needed
     * @throws ModelFolderException if there is no autoencoder, or its files cannot be copied
     */
    public static void copy(Path folder, Path target) {
        config(folder);
        SettingsFile.makeFolder(target);
        for (String name : List.of(SAFETENSORS, PICKLE, SettingsFile.NAME)) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                try {
                    copyFile(file.toRealPath(), target.resolve(name));
                } catch (IOException e) {
                    throw new ModelFolderException(
                            target.resolve(name), "cannot be written: " + FileReason.writing(e), e);
                }
            }
        }
    }

    private static void copyFile(Path file, Path target) throws IOException {
        Files.deleteIfExists(target);
        try {
            Files.createLink(target, file);
        } catch (IOException | UnsupportedOperationException | SecurityException _) {
            Files.copy(file, target);
        }
    }

    /**
     * Writes an autoencoder in the layout of diffusers. The settings come last, so that a folder with settings is whole.
     *
     * @param folder is made if needed
     * @throws ModelFolderException if the settings cannot be written
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights cannot be written
     */
    public static void write(AutoencoderKl autoencoder, Path folder) {
        SettingsFile.makeFolder(folder);
        try (StateDict state = autoencoder.state()) {
            Safetensors.write(folder.resolve(SAFETENSORS), state, Map.of("format", "pt"));
        }
        SettingsFile.write(folder, AutoencoderJson.write(autoencoder.config()));
    }
}
