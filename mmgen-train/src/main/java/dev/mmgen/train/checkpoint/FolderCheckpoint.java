package dev.mmgen.train.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.io.ShortText;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.checkpoint.Progress.Spelling;
import dev.mmgen.train.checkpoint.TrainingState.Part;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as a folder: {@code config.json} and {@code model.safetensors} with the EMA weights, which make a model
 * folder, {@code training.safetensors} with weights, moments and LoRA adapter, and {@code training.json} with the rest.
 */
public final class FolderCheckpoint {

    private static final String TENSORS = "training.safetensors";
    private static final String SETTINGS = "training.json";
    private static final String EMA = "model.safetensors";
    private static final int FORMAT = 1;
    private static final int MAX_SETTINGS = 1 << 20;

    private static final List<Part> BESIDE_EMA = List.of(Part.WEIGHTS, Part.MOMENTS, Part.ADAPTER, Part.ADAPTER_EMA);

    private FolderCheckpoint() {}

    /** Returns true if a path is a folder of this form. */
    static boolean isOne(Path path) {
        return Files.isRegularFile(path.resolve(SETTINGS));
    }

    /**
     * Writes a state. The folder appears under its name when it is complete and on disk; an older one stays until then.
     *
     * @param config      of the model folder
     * @param autoencoder folder whose files become {@code vae/}; null for none, and then the folder draws no pictures
     * @throws WeightFileException if it cannot be written
     */
    public static void write(Path path, TrainingState state, ModelConfig config, @Nullable Path autoencoder) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        BESIDE_EMA.forEach(part ->
                state.get(part).asMap().forEach((key, tensor) -> tensors.put(part.key() + "." + key, tensor)));
        try (AtomicFolder folder = AtomicFolder.open(path)) {
            Safetensors.write(folder.path().resolve(TENSORS), tensors, Map.of());
            ModelFolder.write(folder.path(), config, state.get(Part.EMA));
            if (autoencoder != null) {
                AutoencoderFolder.copy(autoencoder, folder.path().resolve(ModelFolder.AUTOENCODER));
            }
            AtomicFile.write(folder.path().resolve(SETTINGS), settings(state).getBytes(StandardCharsets.UTF_8));
            folder.commit();
        } catch (IOException e) {
            throw new CheckpointException(path + " cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static String settings(TrainingState state) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("format", FORMAT);
        settings.put("steps", state.progress().steps());
        settings.putAll(state.progress().named(Spelling.CAMEL));
        settings.put("plan", Json.INDENTED.tree(Objects.requireNonNull(state.plan())));
        return Json.INDENTED.write(settings) + "\n";
    }

    /**
     * The step and the plan of a checkpoint.
     *
     * @param steps that were made
     * @param plan  that they were made under, as JSON
     */
    public record Summary(long steps, String plan) {}

    /**
     * Returns when a checkpoint was written and under which plan, without its tensors.
     *
     * @throws CheckpointException if the folder is none of this form
     */
    public static Summary summary(Path path) {
        Path file = path.resolve(SETTINGS);
        JsonNode settings = settings(file);
        return new Summary(
                progress(file, settings).steps(), settings.path("plan").toString());
    }

    private static Progress progress(Path file, JsonNode settings) {
        Map<?, ?> named = Json.INDENTED.read(settings, Map.class);
        return Progress.read(file, named.get("steps"), named, Spelling.CAMEL);
    }

    /** Maps the EMA weights in a folder. Close the result. */
    public static StateDict ema(Path path) {
        try (Safetensors ema = Safetensors.open(path.resolve(EMA))) {
            return ema.load();
        }
    }

    /** Maps the state in a folder. Close the result. */
    static TrainingState read(Path path) {
        Path file = path.resolve(SETTINGS);
        JsonNode settings = settings(file);
        Progress progress = progress(file, settings);
        try (Safetensors training = Safetensors.open(path.resolve(TENSORS))) {
            Map<Part, StateDict> tensors = new EnumMap<>(Part.class);
            tensors.put(Part.EMA, ema(path));
            for (Part part : BESIDE_EMA) {
                String prefix = part.key() + ".";
                tensors.put(part, training.load(key -> key.startsWith(prefix)).withPrefixRemoved(prefix));
            }
            return new TrainingState(tensors, progress, settings.path("plan").toString());
        }
    }

    private static JsonNode settings(Path file) {
        try {
            JsonNode settings = Json.INDENTED.tree(ShortText.read(file, MAX_SETTINGS));
            JsonNode format = settings.path("format");
            if (!settings.isObject() || !format.isInt() || format.asInt() != FORMAT) {
                throw new CheckpointException(
                        file + " has 'format' " + format + "; this library reads format " + FORMAT);
            }
            return settings;
        } catch (CharacterCodingException e) {
            throw new CheckpointException(
                    file + " is not UTF-8 text. The file is damaged; go on from an earlier checkpoint", e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + FileReason.reading(e), e);
        } catch (JsonException e) {
            throw new CheckpointException(file + " is not JSON: " + e.getMessage(), e);
        }
    }
}
