package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model on disk: {@code config.json}, {@code model.safetensors} (or shards with their index) and {@code vae/}, an
 * autoencoder in the layout of diffusers. It may bring {@code guide/}, settings and weights of a weaker model for autoguidance, and
 * {@code student/}, an adapter or a {@linkplain WeightDifference difference} that draws in a few steps what the model draws in many.
 */
public final class ModelFolder {

    /** The folder of the autoencoder. */
    public static final String AUTOENCODER = "vae";

    /** The folder of the weaker model that guides, where there is one. */
    public static final String GUIDE = "guide";

    /** The folder of the student that draws in a few steps, where there is one. */
    public static final String STUDENT = "student";

    private static final String WEIGHTS = "model.safetensors";
    private static final String CARD = "README.md";
    private static final int MAX_CARD = 1 << 20;

    /** The first words in the card of a model that was converted: the rest is of the model before. */
    private static final String CONVERTED =
            "> Converted from the model below: the type of the weights and the defaults are those of `config.json`.\n\n";

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
        byte[] json = SettingsFile.read(folder, ", so it is not a model folder; " + remedy(folder));
        try {
            return new ModelFolder(folder, ModelJson.parse(json, ModelConfig.class));
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(
                    folder.resolve(SettingsFile.NAME), "does not hold a model's settings: " + e.getMessage(), e);
        }
    }

    private static String remedy(Path folder) {
        String from = Files.isDirectory(folder.resolve("checkpoints"))
                ? "it is the folder of a training run: make a model folder of one of its checkpoints"
                : "make one of an official checkpoint";
        return from + " with OfficialCheckpoint.convert or 'mmgen convert CHECKPOINT --vae FOLDER --out FOLDER'";
    }

    /** Returns the settings. */
    public ModelConfig config() {
        return config;
    }

    /**
     * Returns the folder of the weaker model that guides this one, see {@link dev.mmgen.sampling.Guidance}; empty where there is none.
     *
     * @throws ModelFolderException if it has no valid settings
     */
    public Optional<ModelFolder> guide() {
        return Optional.of(folder.resolve(GUIDE)).filter(Files::exists).map(ModelFolder::open);
    }

    /**
     * Returns the folder of the student that draws in a few steps where a request leaves the model's sampling as it is; empty where there
     * is none.
     */
    public Optional<Path> student() {
        return Optional.of(folder.resolve(STUDENT)).filter(Files::exists);
    }

    /**
     * Returns sampler, steps and guidance of drawing where a request sets none: the student's, else those of the settings. A model that is
     * guided by a weaker one draws itself.
     *
     * @throws ModelFolderException if the student's folder does not hold one that draws in a few steps
     * @throws dev.mmgen.torch.weights.WeightFileException if its weights cannot be read
     */
    public SamplingDefaults drawing() {
        return student()
                .filter(_ -> !Files.exists(folder.resolve(GUIDE)))
                .map(student -> new StudentFolder(student).drawing(config))
                .orElse(config.sampling());
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
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights are missing or damaged, or one is NaN or infinite
     */
    public DiffusionTransformer transformer() {
        DiffusionTransformer transformer =
                new DiffusionTransformer(config.transformer().withoutProjectors());
        Path file = Files.exists(folder.resolve(WEIGHTS))
                ? folder.resolve(WEIGHTS)
                : folder.resolve(WEIGHTS + ".index.json");
        try (WeightFile weights = WeightFile.open(file);
                StateDict state = weights.load(key -> !key.startsWith("projectors."))) {
            transformer.load(state.requireFinite(file), Strictness.EXACT);
            return transformer;
        } catch (StateMismatchException e) {
            transformer.close();
            throw new ModelFolderException(
                    file, e.getMessage() + "; " + SettingsFile.NAME + " describes another model", e);
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    /**
     * Writes this model, with its autoencoder, its model card, the weaker model that guides it and its student, as another folder: in
     * another type, or with other settings.
     *
     * @param target    is made if needed
     * @param dtype     the type to store the transformers in, null for the one they have
     * @param completed changes the settings, for example {@code config -> config.withCategories(names)}
     * @throws IllegalArgumentException if the target is this folder
     * @throws ModelFolderException if weights and settings do not fit, or the new ones cannot be written
     * @throws dev.mmgen.torch.weights.WeightFileException if weights cannot be read or written
     */
    public void convert(Path target, @Nullable DType dtype, UnaryOperator<ModelConfig> completed) {
        SettingsFile.makeFolder(target);
        requireOther(target);
        Path autoencoder = folder.resolve(AUTOENCODER);
        if (Files.exists(autoencoder)) {
            AutoencoderFolder.copy(autoencoder, target.resolve(AUTOENCODER));
        }
        guide().ifPresent(guide -> guide.convert(target.resolve(GUIDE), dtype, UnaryOperator.identity()));
        student().ifPresent(student -> studentOf(target).fill(student, this::transformer, dtype));
        copyCard(target);
        ModelConfig settings = completed.apply(config.with(config.transformer().withoutProjectors()));
        try (DiffusionTransformer transformer = transformer()) {
            write(target, settings, transformer, dtype);
        }
    }

    /**
     * Puts a student into a model folder, to draw there.
     *
     * @param student an adapter's folder as {@link dev.mmgen.lora.Lora#save} writes it, the model folder of a whole student of the same shape,
     *                which is kept as a {@link WeightDifference}, or what lies in the {@code student/} of another folder of the model
     * @param target  the model folder
     * @param dtype   the type to store an adapter in, null for the one it has
     * @throws IllegalArgumentException if a whole student is of another shape than the model, or did not learn to draw in few steps
     * @throws ModelFolderException if settings cannot be read or written
     * @throws dev.mmgen.torch.weights.WeightFileException if weights cannot be read or written
     */
    public static void copyStudent(Path student, Path target, @Nullable DType dtype) {
        studentOf(target).fill(student, () -> ModelFolder.open(target).transformer(), dtype);
    }

    private static StudentFolder studentOf(Path model) {
        return new StudentFolder(model.resolve(STUDENT));
    }

    private void copyCard(Path target) {
        Path card = folder.resolve(CARD);
        if (!Files.isRegularFile(card)) {
            return;
        }
        byte[] text;
        try (InputStream stream = Files.newInputStream(card)) {
            text = stream.readNBytes(MAX_CARD);
        } catch (IOException e) {
            throw new ModelFolderException(card, "cannot be read: " + FileReason.reading(e), e);
        }
        if (text.length == MAX_CARD) {
            throw new ModelFolderException(card, "is over 1 MB long; this is no model card: move it elsewhere");
        }
        byte[] mark = CONVERTED.getBytes(StandardCharsets.UTF_8);
        byte[] marked = Arrays.copyOf(mark, mark.length + text.length);
        System.arraycopy(text, 0, marked, mark.length, text.length);
        try {
            AtomicFile.write(target.resolve(CARD), marked);
        } catch (IOException e) {
            throw new ModelFolderException(target.resolve(CARD), "cannot be written: " + FileReason.writing(e), e);
        }
    }

    private static void requireFit(String setting, SamplingDefaults defaults, ModelConfig config) {
        try {
            config.requireUntaught(defaults.guidance());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("setting '" + setting + "': " + e.getMessage(), e);
        }
        if (defaults.method().needsFlowMap() && !config.transformer().isFlowMap()) {
            throw new IllegalArgumentException("setting '" + setting + "' has the sampler " + defaults.sampler()
                    + ", but the model predicts velocities; 'mmgen distill flow-map' makes a flow map of it");
        }
    }

    /** The files that are read would be gone before they are written. */
    private void requireOther(Path target) {
        try {
            if (target.toRealPath().startsWith(folder.toRealPath())) {
                throw new IllegalArgumentException(
                        target + " is the folder of the model itself, or lies in it; name another one");
            }
        } catch (IOException e) {
            throw new ModelFolderException(target, "cannot be read: " + FileReason.reading(e), e);
        }
    }

    /** Writes settings and the weights of a transformer, which are changed to a type where there is one. */
    static void write(Path folder, ModelConfig config, DiffusionTransformer transformer, @Nullable DType dtype) {
        if (dtype != null) {
            transformer.to(Device.CPU, dtype);
        }
        try (StateDict weights = transformer.state()) {
            write(folder, config, weights);
        }
    }

    /**
     * Writes settings and weights. The settings come last, so that a folder with settings is whole.
     *
     * @param folder is made if needed
     * @throws IllegalArgumentException if the sampling defaults need a flow map and the model is none, or guide a model that has
     *     guidance in it
     * @throws IllegalStateException if the latents' normalization is not one that JSON can hold
     * @throws ModelFolderException if the settings cannot be written
     * @throws dev.mmgen.torch.weights.WeightFileException if the weights cannot be written
     */
    public static void write(Path folder, ModelConfig config, StateDict weights) {
        requireFit("sampling", config.sampling(), config);
        requireFit("reading", config.reading(), config);
        String settings = ModelJson.write(config);
        SettingsFile.makeFolder(folder);
        Safetensors.write(folder.resolve(WEIGHTS), weights, Map.of("format", "pt"));
        SettingsFile.write(folder, settings);
    }
}
