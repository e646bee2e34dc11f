package dev.mmgen.cli.model;

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

/** {@code mmgen convert}: from an official checkpoint to a model folder. */
@Command(
        name = "convert",
        description = "Makes a model folder from an official .pt checkpoint and an autoencoder, without Python.",
        mixinStandardHelpOptions = true)
public final class ConvertCommand implements Runnable {

    @Parameters(paramLabel = "CHECKPOINT", description = "The official .pt file. Only its averaged weights are read.")
    @SuppressWarnings("NullAway.Init")
    private Path checkpoint;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            required = true,
            description = "sd-vae-ft-mse, in the diffusers layout.")
    @SuppressWarnings("NullAway.Init")
    private Path autoencoder;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The new model folder; not there yet.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "float32, bfloat16 or float16. Default: as stored.")
    private @Nullable String dtype;

    @Option(names = "--projectors", description = "Keep the alignment projectors, which only training needs.")
    private boolean projectors;

    @Option(
            names = "--statistics",
            paramLabel = "FILE",
            description =
                    "How latents were normalised: latents.json of the training's folder. Default: as in the released"
                            + " models.")
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
            description = "What the classes are called. Default: no names.")
    private @Nullable List<String> categories;

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(
            names = "--reading-sampler",
            paramLabel = "NAME",
            description = "How it reads photos unless a request says otherwise. Default: as it draws.")
    private @Nullable String readingSampler;

    @Option(names = "--reading-steps", paramLabel = "N", description = "In how many steps. Default: as it draws.")
    private @Nullable Integer readingSteps;

    @Override
    public void run() {
        DType target = dtype == null ? null : DType.named(dtype);
        // The autoencoder first: it is the smaller part, and what is wrong with it shows at once.
        try (var network = AutoencoderFolder.open(autoencoder);
                OfficialCheckpoint official = OfficialCheckpoint.open(checkpoint);
                NewFolder folder = new NewFolder(out)) {
            AutoencoderFolder.write(network, folder.partial().resolve(ModelFolder.AUTOENCODER));
            official.convert(folder.partial(), target, projectors, this::complete);
            folder.complete();
        }
        System.out.println(out);
    }

    /** Adds what a checkpoint does not tell. */
    private ModelConfig complete(ModelConfig config) {
        SamplingDefaults drawing = sampler.over(SamplingDefaults.RELEASED, guidance);
        SamplingDefaults reading = new SamplingDefaults(
                readingSampler == null ? drawing.sampler() : readingSampler,
                readingSteps == null ? drawing.steps() : readingSteps,
                Guidance.NONE);
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
