package dev.mmgen.cli.model;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.DType;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen convert}: the way from an official checkpoint to a model folder. */
@Command(
        name = "convert",
        description =
                "Makes a model folder from an official .pt checkpoint and an autoencoder. --sampler, --steps and --guidance"
                        + " become the folder's defaults.",
        mixinStandardHelpOptions = true)
public final class ConvertCommand implements Runnable {

    @Parameters(paramLabel = "CHECKPOINT", description = "The official .pt file. Only its EMA weights are read.")
    @SuppressWarnings("NullAway.Init")
    private Path checkpoint;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            required = true,
            description = "The autoencoder (diffusers layout): sd-vae-ft-mse for the released models.")
    @SuppressWarnings("NullAway.Init")
    private Path autoencoder;

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
            names = "--reading-sampler",
            paramLabel = "NAME",
            description = "The sampler for reading photos. Default: the one for drawing.")
    private @Nullable String readingSampler;

    @Option(
            names = "--reading-steps",
            paramLabel = "N",
            description = "Inference steps for reading photos. Default: those for drawing; 1 with direct.")
    private @Nullable Integer readingSteps;

    @Override
    public void run() {
        Processes.requireOne();
        DType target = dtype == null ? null : dtype.dtype();
        // The autoencoder first: it is the smaller part, so a fault in it is found at once.
        try (var network = AutoencoderFolder.open(autoencoder);
                OfficialCheckpoint official = OfficialCheckpoint.open(checkpoint);
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
            });
            folder.complete();
        }
        System.out.println(out);
    }

    /** Adds the settings that options name; the others are the checkpoint's. */
    private ModelConfig complete(ModelConfig config) {
        SamplingDefaults drawing = sampler.over(config.sampling(), guidance);
        // A checkpoint that says nothing of reading says the same of both.
        SamplingDefaults known =
                config.reading().equals(config.sampling()) ? drawing.withGuidance(Guidance.NONE) : config.reading();
        String method = readingSampler == null ? known.sampler() : readingSampler;
        int usual = SamplerOptions.usualSteps(readingSampler, known.steps());
        SamplingDefaults reading =
                new SamplingDefaults(method, readingSteps == null ? usual : readingSteps, known.guidance());
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
