package dev.mmgen.io;

import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The settings that a student changes in those of the model that it lies over. Drawn by the model's own, which are for
 * another number of steps, its images would be wrong without a word.
 *
 * @param distilled what was distilled into model and adapter together, at least one lesson
 * @param sampling  sampler, steps and guidance of drawing
 * @param reading   the same for reading photos
 */
public record StudentSettings(List<Distilled> distilled, SamplingDefaults sampling, SamplingDefaults reading) {

    /** The name of these settings in the metadata of an adapter's weights, where PEFT does not look. */
    public static final String KEY = "mmgen.student";

    /** The file of an adapter's weights, as PEFT calls it. */
    public static final String WEIGHTS = "adapter_model.safetensors";

    /** The file of an adapter's own settings, as PEFT calls it. */
    public static final String SETTINGS = "adapter_config.json";

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException if nothing was distilled, or the sampler of drawing is one that reads
     */
    public StudentSettings {
        distilled = List.copyOf(distilled);
        if (distilled.isEmpty()) {
            throw new IllegalArgumentException("setting 'distilled' is empty; a student has learnt something");
        }
        ModelConfig.requireDrawing(sampling);
    }

    /** Returns those of a student's model folder. */
    public static StudentSettings of(ModelConfig student) {
        return new StudentSettings(student.distilled(), student.sampling(), student.reading());
    }

    /**
     * Reads what the weights in a folder tell: those of an adapter, or a {@link WeightDifference}.
     *
     * @param student a folder as {@link dev.mmgen.lora.Lora#save} or PEFT writes it, or that of a student in a model folder
     * @return empty if it is no student's
     * @throws WeightFileException if the weights cannot be read, or the settings in them are not valid
     */
    public static Optional<StudentSettings> read(Path student) {
        Path path = student.resolve(WeightDifference.isIn(student) ? WeightDifference.FILE : WEIGHTS);
        try (Safetensors file = Safetensors.open(path)) {
            String json = file.metadata().get(KEY);
            return json == null
                    ? Optional.empty()
                    : Optional.of(ModelJson.parse(json.getBytes(StandardCharsets.UTF_8), StudentSettings.class));
        } catch (IllegalArgumentException e) {
            throw new WeightFileException(path, "does not tell how its student is sampled: " + e.getMessage(), e);
        }
    }

    /** Returns these settings as they stand in the metadata. */
    public String toJson() {
        return ModelJson.write(this);
    }

    /**
     * Returns the settings of a model with the student over it.
     *
     * @throws IllegalArgumentException if the student is a flow map, which neither an adapter nor a difference makes of a model of velocities
     */
    public ModelConfig over(ModelConfig model) {
        if (sampling.method().needsFlowMap() && !model.transformer().isFlowMap()) {
            throw new IllegalArgumentException(
                    "the student asks for the sampler " + sampling.sampler()
                            + ", and the model under it predicts velocities; open the folder that its training wrote, which is a whole model");
        }
        return model.with(sampling, reading).toBuilder().distilled(distilled).build();
    }
}
