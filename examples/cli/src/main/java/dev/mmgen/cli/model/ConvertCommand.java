package dev.mmgen.cli.model;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mmgen convert}: the way from an official checkpoint, or from a model folder, to a new model folder. */
@Command(
        name = "convert",
        description =
                "Makes a model folder from an official .pt checkpoint and an autoencoder, or from a model folder: in another type,"
                        + " or with other settings. --sampler, --steps, --shift and --guidance become the folder's defaults.",
        mixinStandardHelpOptions = true)
public final class ConvertCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Parameters(
            paramLabel = "MODEL",
            description = "The official .pt file, of which only the EMA weights are read, or a model folder.")
    @SuppressWarnings("NullAway.Init")
    private Path model;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            description =
                    "The autoencoder (diffusers layout) of a checkpoint: sd-vae-ft-mse for the released models. A model"
                            + " folder has its own.")
    private @Nullable Path autoencoder;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The new model folder; it must not exist, or be empty.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "float32, bfloat16 or float16. Default: as stored.")
    private ElementType.@Nullable Stored dtype;

    @Option(
            names = "--projectors",
            description = "Keep the projectors of representation alignment, which only training needs.")
    private boolean projectors;

    @Option(
            names = "--statistics",
            paramLabel = "FILE",
            description =
                    "The normalisation of latents. Default: as the checkpoint or the latents.json of its run says, else"
                            + " that of the released models.")
    private @Nullable Path statistics;

    @Option(
            names = "--modalities",
            split = ",",
            paramLabel = "NAME",
            description = "The modalities in the model's order. Default: as the checkpoint names them, or"
                    + " rgb,depth,normal,segmentation, as many as it has.")
    private @Nullable List<String> modalities;

    @Option(
            names = "--categories",
            split = ",",
            paramLabel = "NAME",
            description = "The names of the classes, in order. Default: as the checkpoint says, else none.")
    private @Nullable List<String> categories;

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(
            names = "--guide",
            paramLabel = "CHECKPOINT",
            description =
                    "The official .pt file of a weaker model, or of an earlier step of the same training, that guides (autoguidance)."
                            + " It becomes part of the folder; --guidance is then against it.")
    private @Nullable Path guide;

    @Option(
            names = "--student",
            paramLabel = "FOLDER",
            description =
                    "A student of this model, as 'distill few-steps' writes it, that draws where a request sets neither sampler nor steps,"
                            + " shift and guidance. It becomes part of the folder: an adapter as it is, a whole student as its difference"
                            + " in 4 bits. It keeps its own steps: --sampler, --steps, --shift and --guidance are then the model's.")
    private @Nullable Path student;

    @Option(
            names = "--reading-sampler",
            paramLabel = "NAME",
            description =
                    "The sampler for reading photos. Default: the model folder's; of a checkpoint, the one for drawing.")
    private @Nullable String readingSampler;

    @Option(
            names = "--reading-steps",
            paramLabel = "N",
            description =
                    "Inference steps for reading photos. Default: the model folder's; of a checkpoint, those for drawing; 1 with"
                            + " direct.")
    private @Nullable Integer readingSteps;

    @Override
    public void run() {
        Processes.requireOne();
        DType target = dtype == null ? null : dtype.dtype();
        if (Files.isDirectory(model)) {
            fromFolder(target);
        } else {
            fromCheckpoint(target);
        }
        System.out.println(out);
    }

    private void fromFolder(@Nullable DType target) {
        if (autoencoder != null || guide != null || projectors) {
            throw new ParameterException(
                    command.commandLine(),
                    "--vae, --guide and --projectors are for a .pt checkpoint; " + model
                            + " is a folder, whose autoencoder and guide come along");
        }
        try (NewFolder folder = new NewFolder(out)) {
            folder.fill(partial -> {
                ModelFolder.open(model).convert(partial, target, this::complete);
                addStudent(partial, target);
            });
            folder.complete();
        }
    }

    private void fromCheckpoint(@Nullable DType target) {
        if (autoencoder == null) {
            throw new ParameterException(
                    command.commandLine(),
                    "Missing required option: '--vae=FOLDER', as " + model + " is no model folder");
        }
        // The autoencoder first: it is the smaller part, so a fault in it is found at once.
        try (var network = AutoencoderFolder.open(autoencoder);
                OfficialCheckpoint official = OfficialCheckpoint.open(model);
                NewFolder folder = new NewFolder(out)) {
            folder.fill(partial -> {
                AutoencoderFolder.write(network, partial.resolve(ModelFolder.AUTOENCODER));
                official.convert(partial, target, projectors, this::complete);
                if (guide != null) {
                    try (OfficialCheckpoint weaker = OfficialCheckpoint.open(guide)) {
                        weaker.convertGuide(
                                partial, official.config().transformer().inputs(), target);
                    }
                }
                addStudent(partial, target);
            });
            folder.complete();
        }
    }

    /** Copies the student, and opens it over the model once, so that one that does not fit is refused now. */
    private void addStudent(Path folder, @Nullable DType target) {
        if (student != null) {
            ModelFolder.copyStudent(student, folder, target);
            MmGen.open(folder).close();
        }
    }

    /** Adds the settings that options name; the others are the model's. */
    private ModelConfig complete(ModelConfig config) {
        SamplingDefaults drawing = sampler.over(config.sampling(), guidance);
        // A checkpoint that says nothing of reading says the same of both. A shift is for drawing.
        SamplingDefaults known = config.reading().equals(config.sampling())
                ? drawing.withGuidance(Guidance.NONE).withShift(config.reading().shift())
                : config.reading();
        String method = readingSampler == null ? known.sampler() : readingSampler;
        int usual = SamplerOptions.usualSteps(readingSampler, known.steps());
        SamplingDefaults reading = known.withSampler(method).withSteps(readingSteps == null ? usual : readingSteps);
        ModelConfig complete = config.with(drawing, reading);
        if (statistics != null) {
            complete = complete.with(LatentNormalizationFile.read(statistics));
        }
        if (modalities != null) {
            complete = complete.withModalities(modalities);
        }
        return categories == null ? complete : complete.withCategories(categories);
    }
}
