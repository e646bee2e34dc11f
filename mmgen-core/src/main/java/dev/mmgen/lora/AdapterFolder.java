package dev.mmgen.lora;

import dev.mmgen.io.ModelMark;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.io.ShortText;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A LoRA adapter on disk, in the form of PEFT 0.17: {@code adapter_model.safetensors} and {@code adapter_config.json}. */
final class AdapterFolder {

    private static final String WEIGHTS = StudentSettings.WEIGHTS;
    private static final String SETTINGS = StudentSettings.SETTINGS;
    static final String PREFIX = "base_model.model.";
    private static final int MAX_SETTINGS = 1 << 20;

    private AdapterFolder() {}

    /**
     * Writes an adapter.
     *
     * @param base    the {@linkplain ModelMark mark} of the model under it, if there is one
     * @param student how it is to be sampled, if it is a student's
     */
    static void write(
            Path folder, LoraConfig config, StateDict state, Optional<String> base, Optional<StudentSettings> student) {
        Map<String, Tensor> stored = new LinkedHashMap<>();
        state.asMap().forEach((key, value) -> {
            if (Lora.isAdapterWeight(key) || config.trainsFully(key)) {
                stored.put(PREFIX + key, value);
            }
        });
        try {
            Files.createDirectories(folder);
            Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", "pt"));
            base.ifPresent(mark -> metadata.put(ModelMark.KEY, mark));
            student.ifPresent(settings -> metadata.put(StudentSettings.KEY, settings.toJson()));
            Safetensors.write(folder.resolve(WEIGHTS), stored, metadata);
            AtomicFile.write(folder.resolve(SETTINGS), AdapterJson.write(config).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new WeightFileException(folder, "cannot be written: " + FileReason.writing(e), e);
        }
    }

    /** Returns the mark of the model under an adapter, as far as it tells. */
    static Optional<String> mark(DiffusionTransformer model, LoraConfig config) {
        return ModelMark.of(model, key -> !config.trainsFully(key));
    }

    static LoraConfig config(Path folder) {
        Path file = folder.resolve(SETTINGS);
        try {
            return AdapterJson.parse(ShortText.read(file, MAX_SETTINGS));
        } catch (CharacterCodingException e) {
            throw new WeightFileException(file, "is not UTF-8 text; copy or download it again", e);
        } catch (IOException e) {
            throw new WeightFileException(file, "cannot be read: " + FileReason.reading(e), e);
        } catch (IllegalArgumentException e) {
            throw new WeightFileException(
                    file, "does not describe a LoRA adapter that can be loaded: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the shapes in a folder for a model, by name in the file.
     *
     * @throws WeightFileException if the model has no such modules or its matrices no such rank
     */
    static Map<String, Shape> shapes(Path folder, DiffusionTransformer model, LoraConfig config) {
        try {
            return shapes(model, config);
        } catch (IllegalArgumentException e) {
            throw new WeightFileException(
                    folder.resolve(SETTINGS), "describes an adapter of another model: " + e.getMessage(), e);
        }
    }

    private static Map<String, Shape> shapes(DiffusionTransformer model, LoraConfig config) {
        Lora.requireModules(model, config);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Lora.maps(model, config).forEach((name, map) -> {
            Shape matrix = map.weight().shape();
            shapes.put(PREFIX + name + ".lora_A.weight", Shape.of(config.rankOf(name), matrix.size(1)));
            shapes.put(PREFIX + name + ".lora_B.weight", Shape.of(matrix.size(0), config.rankOf(name)));
        });
        model.parameters().forEach((key, parameter) -> {
            if (config.trainsFully(key)) {
                shapes.put(PREFIX + key, parameter.shape());
            }
        });
        return shapes;
    }

    /**
     * Maps the weights of a folder if they have these names and shapes.
     *
     * @param base the {@linkplain ModelMark mark} of the model that they must have been trained on, as far as they tell; empty for any
     */
    static StateDict open(Path folder, Map<String, Shape> wanted, Optional<String> base) {
        Path path = folder.resolve(WEIGHTS);
        try (Safetensors file = Safetensors.open(path)) {
            Map<String, TensorInfo> found = file.infos();
            wanted.forEach((key, shape) -> {
                TensorInfo info = found.get(key);
                if (info == null || !info.shape().equals(shape)) {
                    throw new WeightFileException(
                            path,
                            key,
                            info == null
                                    ? "is missing; this is an adapter of another model"
                                    : "has shape " + info.shape() + ", but the model needs " + shape,
                            null);
                }
            });
            for (String key : found.keySet()) {
                if (!wanted.containsKey(key)) {
                    throw new WeightFileException(path, key, "belongs to no map that " + SETTINGS + " names", null);
                }
            }
            String trained = file.metadata().get(ModelMark.KEY);
            if (trained != null && base.isPresent() && !trained.equals(base.get())) {
                throw new WeightFileException(
                        path,
                        "is an adapter of another model: its base has the mark " + trained + ", this model "
                                + base.get()
                                + "; lay it over the model that it was trained on, or over any with Adapter.overAnyModel"
                                + " (--any-base)");
            }
            return file.load();
        }
    }

    static void fill(DiffusionTransformer model, LoraConfig config, StateDict stored) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            for (Map.Entry<String, Parameter> entry : model.parameters().entrySet()) {
                String key = entry.getKey();
                if (Lora.isAdapterWeight(key)) {
                    entry.getValue()
                            .set(stored.get(PREFIX + key)
                                    .to(model.device(), model.dtype())
                                    .copy());
                } else if (config.trainsFully(key)) {
                    entry.getValue().value().copy_(stored.get(PREFIX + key));
                }
            }
        }
    }
}
