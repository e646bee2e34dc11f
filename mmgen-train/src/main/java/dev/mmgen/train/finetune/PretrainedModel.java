package dev.mmgen.train.finetune;

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

/**
 * A trained model that another training begins with: the EMA weights of an official {@code .pt} checkpoint, or a model folder.
 * Weights are read by {@link #load}, so an instance holds no native memory. Immutable.
 */
public final class PretrainedModel {

    private static final String PROJECTORS = "projectors.";

    private final Path path;
    private final ModelConfig config;

    /** The measurement of the latents of the data that is to be trained on. */
    @FunctionalInterface
    public interface Measurement {
        /** Returns the means and deviations of one modality, by its name. */
        LatentNormalization.Statistics of(String modality);
    }

    private PretrainedModel(Path path, ModelConfig config) {
        this.path = path;
        this.config = config;
    }

    /**
     * Opens a model folder or an official checkpoint, and reads its settings.
     *
     * @throws RuntimeException naming the file that is missing, damaged or of another kind
     */
    public static PretrainedModel open(Path path) {
        if (Files.isDirectory(path)) {
            return new PretrainedModel(path, ModelFolder.open(path).config());
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(path)) {
            return new PretrainedModel(path, checkpoint.config());
        }
    }

    /** Returns the file or folder. */
    public Path path() {
        return path;
    }

    /** Returns the model's settings. */
    public ModelConfig config() {
        return config;
    }

    /**
     * Returns the normalisation of latents for a training on this model's weights: modalities that the model knows keep theirs,
     * new ones get their own statistics. A model whose latents are only scaled keeps its scale.
     *
     * @param modalities  the names, in the order of the new model's slots
     * @param measurement asked once for each new modality
     */
    public LatentNormalization normalization(List<String> modalities, Measurement measurement) {
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
     * Loads the weights into a trainable model. Projectors of representation alignment that the model lacks, or has in other
     * sizes, are initialised at random.
     *
     * @param wanted the model's shape; its projectors are free
     * @param seed   of the random projectors
     * @return close it after use
     * @throws dev.mmgen.train.checkpoint.CheckpointException if the model has another shape; the message names keys and settings
     */
    public DiffusionTransformer load(TransformerConfig wanted, long seed) {
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
