package dev.mmgen.train;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A training's state as a folder: {@code config.json} and {@code model.safetensors} with the averages, which make a model
 * folder, {@code training.safetensors} with weights, moments and corrections, and {@code training.json} with the rest.
 */
final class FolderForm {

    private static final String TENSORS = "training.safetensors";
    private static final String SETTINGS = "training.json";
    private static final String AVERAGES = "model.safetensors";
    private static final int FORMAT = 1;
    private static final long MAX_SETTINGS = 1 << 20;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private FolderForm() {}

    /** Returns true if a path is a folder of this form. */
    static boolean isOne(Path path) {
        return Files.isRegularFile(path.resolve(SETTINGS));
    }

    static void write(Path path, TrainingState state, TrainingPlan plan, LatentNormalization latents) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        parts(state)
                .forEach((name, part) -> part.asMap().forEach((key, tensor) -> tensors.put(name + "." + key, tensor)));
        try (PendingFolder folder = new PendingFolder(path)) {
            Safetensors.write(folder.path().resolve(TENSORS), tensors, Map.of());
            ModelFolder.write(folder.path(), config(plan, latents), state.averages());
            AtomicFile.write(
                    folder.path().resolve(SETTINGS),
                    settings(state.progress(), plan).getBytes(StandardCharsets.UTF_8));
            folder.commit();
        } catch (IOException e) {
            throw new TrainingException(path + " cannot be written: " + e, e);
        }
    }

    private static Map<String, StateDict> parts(TrainingState state) {
        Map<String, StateDict> parts = new LinkedHashMap<>();
        parts.put("model", state.weights());
        parts.put("opt", state.moments());
        parts.put("lora", state.corrections());
        parts.put("lora_ema", state.averagedCorrections());
        return parts;
    }

    private static ModelConfig config(TrainingPlan plan, LatentNormalization latents) {
        return ModelConfig.builder(plan.model())
                .modalityNames(plan.modalityNames())
                .path(plan.objective().path())
                .latents(latents)
                .build();
    }

    private static String settings(Progress progress, TrainingPlan plan) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("format", FORMAT);
        settings.put("steps", progress.steps());
        settings.put("epoch", progress.position().epoch());
        settings.put("batch", progress.position().batch());
        if (progress.epoch() != null) {
            settings.put("samples", progress.epoch().samples());
            settings.put("batchSize", progress.epoch().batchSize());
        }
        if (progress.scaler() != null) {
            settings.put("lossScale", progress.scaler().scale());
            settings.put("goodSteps", progress.scaler().goodSteps());
        }
        settings.put("plan", JSON.readTree(plan.toJson()));
        return JSON.writeValueAsString(settings) + "\n";
    }

    /** Maps the state in a folder. Close the result. */
    static TrainingState read(Path path) {
        JsonNode settings = settings(path.resolve(SETTINGS));
        Progress progress = progress(path.resolve(SETTINGS), settings);
        TrainingPlan plan = PlanJson.parse(
                path.resolve(SETTINGS) + "'s plan", settings.path("plan").toString(), TrainingPlan.released());
        try (Safetensors training = Safetensors.open(path.resolve(TENSORS));
                Safetensors averages = Safetensors.open(path.resolve(AVERAGES))) {
            return new TrainingState(
                    part(training, "model."),
                    averages.load(),
                    part(training, "lora."),
                    part(training, "lora_ema."),
                    part(training, "opt."),
                    progress,
                    plan);
        }
    }

    private static StateDict part(Safetensors file, String prefix) {
        return file.load(key -> key.startsWith(prefix)).withPrefixRemoved(prefix);
    }

    private static JsonNode settings(Path file) {
        try {
            if (Files.size(file) > MAX_SETTINGS) {
                throw new TrainingException(file + " is over " + MAX_SETTINGS + " bytes long; these are no settings");
            }
            JsonNode settings = JSON.readTree(Files.readString(file));
            if (!settings.isObject() || settings.path("format").asInt(0) != FORMAT) {
                throw new TrainingException(
                        file + " has 'format' " + settings.path("format") + "; this library reads format " + FORMAT);
            }
            return settings;
        } catch (IOException | JacksonException e) {
            throw new TrainingException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Progress progress(Path file, JsonNode settings) {
        LoaderPosition position = new LoaderPosition(whole(file, settings, "epoch"), whole(file, settings, "batch"));
        return new Progress(whole(file, settings, "steps"), position, epoch(file, settings), scaler(file, settings));
    }

    private static @Nullable EpochSize epoch(Path file, JsonNode settings) {
        return settings.has("samples")
                ? new EpochSize(whole(file, settings, "samples"), Math.toIntExact(whole(file, settings, "batchSize")))
                : null;
    }

    private static GradScaler.@Nullable State scaler(Path file, JsonNode settings) {
        JsonNode scale = settings.path("lossScale");
        return scale.isNumber()
                ? new GradScaler.State(scale.asDouble(), Math.toIntExact(whole(file, settings, "goodSteps")))
                : null;
    }

    private static long whole(Path file, JsonNode settings, String name) {
        JsonNode value = settings.path(name);
        if (value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0) {
            return value.asLong();
        }
        throw new TrainingException(file + " has '" + name + "' of " + value + "; it must be a whole number");
    }
}
