package dev.mmgen.train.finetune;

import dev.mmgen.MmGen;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.TiledAutoencoder;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import dev.mmgen.train.checkpoint.ArchitectureDifference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trained model that another training begins with: a model folder, a model on the class path, the EMA weights of an official
 * {@code .pt} checkpoint, or a model that is open. Weights are read by {@link #load}, so an instance holds no native memory.
 * Immutable.
 */
public final class PretrainedModel {

    private static final String PROJECTORS = "projectors.";
    private static final String POSITIONS = "pos_embed";

    private final Origin origin;
    private final ModelConfig bare;
    private final @Nullable StartingAdapter adapter;
    private final ModelConfig config;

    /** The measurement of the latents of the data that is to be trained on. */
    @FunctionalInterface
    public interface Measurement {
        /** Returns the means and deviations of one modality, by its name. */
        LatentNormalization.Statistics of(String modality);
    }

    /** The place of a model's parts. */
    private sealed interface Origin {

        /** Returns the name for messages. */
        Path name();

        StateDict weights();

        AutoencoderKl autoencoder();

        void copyAutoencoder(Path target);
    }

    /** A model folder. */
    private record Folder(Path path, Path name) implements Origin {

        @Override
        public StateDict weights() {
            try (WeightFile file = WeightFile.open(path)) {
                return file.load();
            }
        }

        private Path vae() {
            return path.resolve(ModelFolder.AUTOENCODER);
        }

        @Override
        public AutoencoderKl autoencoder() {
            return AutoencoderFolder.open(vae());
        }

        @Override
        public void copyAutoencoder(Path target) {
            AutoencoderFolder.copy(vae(), target);
        }
    }

    /** An official checkpoint, which has no autoencoder of its own. */
    private record Checkpoint(Path name, @Nullable Path vae) implements Origin {

        @Override
        public StateDict weights() {
            try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(name)) {
                return checkpoint.weights(true);
            }
        }

        private Path requireVae() {
            if (vae == null) {
                throw new IllegalArgumentException(
                        name + " is a checkpoint, which holds no autoencoder; name its folder too (--vae)");
            }
            return vae;
        }

        @Override
        public AutoencoderKl autoencoder() {
            return AutoencoderFolder.open(requireVae());
        }

        @Override
        public void copyAutoencoder(Path target) {
            AutoencoderFolder.copy(requireVae(), target);
        }
    }

    /** A model that is open, and stays its owner's: training moves a copy of its weights. */
    private record Opened(MmGen model, AutoencoderKl network) implements Origin {

        @Override
        public Path name() {
            return Path.of("the open model");
        }

        @Override
        public StateDict weights() {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            try (StateDict state = model.transformer().state();
                    GradMode _ = Torch.noGrad();
                    TensorScope _ = TensorScope.open()) {
                state.asMap()
                        .forEach((key, value) -> copies.put(
                                key, value.to(Device.CPU, DType.FLOAT32).copy().unscoped()));
            }
            return StateDict.of(copies);
        }

        @Override
        public AutoencoderKl autoencoder() {
            AutoencoderKl copy = new AutoencoderKl(network.config());
            try (StateDict state = network.state()) {
                copy.load(state);
                return copy;
            } catch (RuntimeException e) {
                copy.close();
                throw e;
            }
        }

        @Override
        public void copyAutoencoder(Path target) {
            AutoencoderFolder.write(network, target);
        }
    }

    private PretrainedModel(Origin origin, ModelConfig config) {
        this(origin, config, null);
    }

    private PretrainedModel(Origin origin, ModelConfig bare, @Nullable StartingAdapter adapter) {
        this.origin = origin;
        this.bare = bare;
        this.adapter = adapter;
        this.config = adapter == null ? bare : adapter.over(bare);
    }

    /**
     * Opens a model folder or an official checkpoint, and reads its settings.
     *
     * @throws RuntimeException naming the file that is missing, damaged or of another kind
     */
    public static PretrainedModel open(Path path) {
        if (Files.isDirectory(path)) {
            return new PretrainedModel(
                    new Folder(path, path), ModelFolder.open(path).config());
        }
        return open(path, null);
    }

    /**
     * Opens an official checkpoint.
     *
     * @param autoencoder the folder of the autoencoder that its latents come from; null if nothing asks for it
     * @throws RuntimeException naming the file that is missing, damaged or of another kind
     */
    public static PretrainedModel open(Path checkpoint, @Nullable Path autoencoder) {
        try (OfficialCheckpoint opened = OfficialCheckpoint.open(checkpoint)) {
            return new PretrainedModel(new Checkpoint(checkpoint, autoencoder), opened.config());
        }
    }

    /**
     * Opens a model by its location: a path, or {@code classpath:} and the name of a folder among the resources, which is
     * copied to a temporary folder until the process ends.
     *
     * @throws RuntimeException naming the file that is missing, damaged or of another kind
     */
    public static PretrainedModel open(String location) {
        if (!location.startsWith(ClasspathModel.PREFIX)) {
            return open(Path.of(location));
        }
        String name = location.substring(ClasspathModel.PREFIX.length());
        Path folder = ClasspathModel.open(name).keepUntilExit();
        return new PretrainedModel(
                new Folder(folder, Path.of(name)), ModelFolder.open(folder).config());
    }

    /**
     * Opens a model by its location and, where that is a checkpoint, the folder of its autoencoder.
     *
     * @param location    see {@link #open(String)}
     * @param autoencoder of a {@code .pt} checkpoint; null if nothing asks for it
     * @throws RuntimeException naming the file that is missing, damaged or of another kind
     */
    public static PretrainedModel open(String location, @Nullable Path autoencoder) {
        return location.endsWith(".pt") && autoencoder != null ? open(Path.of(location), autoencoder) : open(location);
    }

    /**
     * Returns a model that is open. Training moves a copy of its weights.
     *
     * @param model stays the caller's; open until training has begun
     * @throws IllegalArgumentException if it was made of an autoencoder that no folder can hold
     */
    public static PretrainedModel of(MmGen model) {
        Autoencoder autoencoder =
                model.autoencoder() instanceof TiledAutoencoder tiled ? tiled.network() : model.autoencoder();
        if (!(autoencoder instanceof AutoencoderKl network)) {
            throw new IllegalArgumentException("the model's autoencoder is "
                    + autoencoder.getClass().getName() + ", which no model folder can hold; only AutoencoderKl can be");
        }
        return new PretrainedModel(new Opened(model, network), model.config());
    }

    /**
     * Returns this model with a LoRA adapter over it. A fine-tuning that trains an adapter of the same rank goes on with it, so that the
     * result lies over this model again; any other begins with the weights of both.
     *
     * @param folder as {@link dev.mmgen.lora.Lora#save} writes it
     * @throws dev.mmgen.torch.weights.WeightFileException if it holds no adapter
     */
    public PretrainedModel withAdapter(Path folder) {
        return new PretrainedModel(origin, bare, new StartingAdapter(folder));
    }

    /** Returns the name of the model, and of its adapter, without the folders that they lie in. */
    String name() {
        String model = String.valueOf(path().toAbsolutePath().normalize().getFileName());
        return adapter == null ? model : adapter.over(model);
    }

    /** Returns the settings of the model under its adapter. */
    ModelConfig bare() {
        return bare;
    }

    /** Returns the adapter over the model, if there is one. */
    Optional<StartingAdapter> adapter() {
        return Optional.ofNullable(adapter);
    }

    /** Returns the file or folder; for a model of another kind a name for people. */
    public Path path() {
        return origin.name();
    }

    /** Returns the model's settings. */
    public ModelConfig config() {
        return config;
    }

    /**
     * Opens the autoencoder: float32, in main memory. Close it after use.
     *
     * @throws RuntimeException if a checkpoint was opened without one, or its files are missing or damaged
     */
    public AutoencoderKl autoencoder() {
        return origin.autoencoder();
    }

    /** Writes the autoencoder into a folder, as a model folder has it. */
    public void copyAutoencoder(Path target) {
        origin.copyAutoencoder(target);
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
     * sizes, are initialised at random; positions follow the size of the wanted model.
     *
     * @param wanted the model's shape; its projectors and its input size are free
     * @param seed   of the random projectors
     * @return close it after use
     * @throws dev.mmgen.train.checkpoint.CheckpointException if the model has another shape; the message names keys and settings
     */
    public DiffusionTransformer load(TransformerConfig wanted, long seed) {
        ArchitectureDifference.requireNone(path(), wanted, like(wanted));
        DiffusionTransformer model = new DiffusionTransformer(wanted);
        try (Generator generator = Generator.seeded(seed);
                StateDict stored = weights(wanted);
                StateDict usable = hasProjectorsOf(wanted) ? stored : stored.without(PROJECTORS)) {
            model.initialize(generator);
            requireAllButProjectors(model, usable);
            model.load(usable, Strictness.LOOSE);
            return model;
        } catch (StateMismatchException e) {
            model.close();
            throw new IllegalArgumentException(
                    path() + ": " + e.getMessage() + "; its settings describe another model", e);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Returns this model's shape with what may differ taken from another: what changes no weight but those of projectors. */
    TransformerConfig like(TransformerConfig other) {
        return config
                .transformer()
                .withProjectors(other.projections(), other.projectorWidth(), other.projectionDepth())
                .toBuilder()
                .inputSize(other.inputSize())
                .flowMapDepth(other.flowMapDepth())
                .build();
    }

    private boolean hasProjectorsOf(TransformerConfig other) {
        TransformerConfig known = config.transformer();
        return known.withProjectors(other.projections(), other.projectorWidth(), other.projectionDepth())
                .equals(known);
    }

    private StateDict weights(TransformerConfig wanted) {
        StateDict all = origin.weights();
        return config.transformer().inputSize() == wanted.inputSize() ? all : all.without(POSITIONS);
    }

    private void requireAllButProjectors(DiffusionTransformer model, StateDict stored) {
        for (String key : model.parameters().keySet()) {
            if (!key.startsWith(PROJECTORS) && !key.equals(POSITIONS) && !stored.has(key)) {
                throw new IllegalArgumentException(
                        path() + " lacks '" + key + "'; its settings describe another model");
            }
        }
    }
}
