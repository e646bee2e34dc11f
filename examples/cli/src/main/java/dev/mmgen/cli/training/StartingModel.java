package dev.mmgen.cli.training;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.train.checkpoint.ArchitectureDifference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model that training begins with: the EMA weights of a {@code .pt} checkpoint, or a model folder. */
final class StartingModel {

    private static final String PROJECTORS = "projectors.";

    private final Path path;
    private final ModelConfig config;

    /** Measures the latents of the data that is to be trained on. */
    @FunctionalInterface
    interface Measurement {
        /** Returns the statistics of one modality. */
        LatentNormalization.Statistics of(String modality);
    }

    private StartingModel(Path path, ModelConfig config) {
        this.path = path;
        this.config = config;
    }

    static StartingModel open(Path path) {
        if (Files.isDirectory(path)) {
            return new StartingModel(path, ModelFolder.open(path).config());
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(path)) {
            return new StartingModel(path, checkpoint.config());
        }
    }

    ModelConfig config() {
        return config;
    }

    /**
     * Returns how latents of some modalities are to be normalised: those that the model knows as it learned them, new ones by
     * their own statistics.
     *
     * @param modalities in the order that the model is to have
     */
    LatentNormalization normalization(List<String> modalities, Measurement measurement) {
        if (!(config.latents() instanceof LatentNormalization.Statistics known)) {
            return config.latents();
        }
        List<List<Double>> means = new ArrayList<>();
        List<List<Double>> deviations = new ArrayList<>();
        for (String modality : modalities) {
            int place = config.modalityNames().indexOf(modality);
            var numbers = place < 0 ? measurement.of(modality) : known;
            means.add(numbers.means().get(Math.max(place, 0)));
            deviations.add(numbers.deviations().get(Math.max(place, 0)));
        }
        return new LatentNormalization.Statistics(means, deviations);
    }

    /**
     * Loads the weights. Alignment projectors that the model has not, or has of other sizes, are drawn.
     *
     * @param wanted its shape, whose projectors are free
     * @return close it after use
     * @throws dev.mmgen.train.TrainingException if the model has another shape; keys and settings that differ are named
     */
    DiffusionTransformer load(TransformerConfig wanted, long seed) {
        ArchitectureDifference.requireNone(path, wanted, withProjectorsOf(wanted));
        DiffusionTransformer model = new DiffusionTransformer(wanted);
        try (Generator generator = Generator.seeded(seed);
                StateDict stored = weights();
                StateDict usable = config.transformer().equals(wanted) ? stored : stored.without(PROJECTORS)) {
            model.initialize(generator);
            requireAllButProjectors(model, usable);
            model.load(usable, Strictness.LOOSE);
            return model;
        } catch (StateMismatchException e) {
            model.close();
            throw new IllegalArgumentException(
                    path + ": " + e.getMessage() + "; its settings describe another model", e);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private TransformerConfig withProjectorsOf(TransformerConfig other) {
        return config.transformer()
                .withProjectors(other.projections(), other.projectorWidth(), other.projectionDepth());
    }

    private StateDict weights() {
        if (Files.isDirectory(path)) {
            try (WeightFile file = WeightFile.open(path)) {
                return file.load();
            }
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(path)) {
            return checkpoint.weights(true);
        }
    }

    private void requireAllButProjectors(DiffusionTransformer model, StateDict stored) {
        for (String key : model.parameters().keySet()) {
            if (!key.startsWith(PROJECTORS) && !stored.has(key)) {
                throw new IllegalArgumentException(path + " lacks '" + key + "'; its settings describe another model");
            }
        }
    }
}
