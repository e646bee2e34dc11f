package dev.mmgen.cli.prepare;

import dev.mmgen.cli.model.ElementType;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.Device;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.finetune.TrainingData;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.prepare.Encoding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen prepare latents}: the latents of the images of an index. */
@Command(
        name = "latents",
        description =
                "Encodes images into latents (HDF5: mean and deviation of the posterior), one file per modality. If"
                        + " interrupted, run it again to continue.",
        mixinStandardHelpOptions = true)
final class LatentsCommand implements Runnable {

    private static final String ALL = "all";

    @Mixin
    private final EncodingOptions encoding = new EncodingOptions();

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            required = true,
            description = "The autoencoder, in the diffusers layout.")
    @SuppressWarnings("NullAway.Init")
    private Path vae;

    @Option(
            names = "--modality",
            paramLabel = "NAME",
            defaultValue = ALL,
            split = ",",
            description =
                    "rgb, depth, normal, mask or one of your own, as the index names it. Default: all of the index's.")
    @SuppressWarnings("NullAway.Init")
    private List<String> modalities;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "PATH",
            required = true,
            description = "The file of one modality (.h5 or .hdf5), or the folder of rgb.h5, depth.h5 and so on.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Side of the square that is cropped from the middle. Default: the autoencoder's sample_size.")
    private @Nullable Integer given;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "float32",
            description =
                    "The type to compute in, float32, bfloat16 or float16; bfloat16 is faster and less exact. Default: float32.")
    @SuppressWarnings("NullAway.Init")
    private ElementType.Stored dtype;

    @Override
    public void run() {
        encoding.share(_ -> encode());
    }

    private void encode() {
        JsonlIndex samples = encoding.index();
        AutoencoderConfig network = AutoencoderFolder.config(vae);
        int size = given == null ? network.sampleSize() : given;
        List<String> names = names(samples, size / network.factor());
        Device device = encoding.device();
        try (AutoencoderKl autoencoder = AutoencoderFolder.open(vae)) {
            autoencoder.to(device, dtype.dtype());
            Encoding moments = Encoding.posteriors(autoencoder, size);
            for (String name : names) {
                encoding.encode(samples, moments, size, name, file(name));
            }
        }
    }

    /** Returns the modalities to encode: of several, those whose files are not complete yet. */
    private List<String> names(JsonlIndex samples, int side) {
        List<String> wanted = modalities.equals(List.of(ALL))
                ? List.copyOf(samples.entries().getFirst().images().keySet())
                : modalities.stream().map(TrainingData::indexName).toList();
        if (wanted.isEmpty()) {
            throw new DataException("the index names no images");
        }
        if (wanted.size() == 1) {
            return wanted;
        }
        if (isFile()) {
            throw new IllegalArgumentException("--out " + out + " is to hold " + wanted.size() + " modalities: "
                    + String.join(", ", wanted) + "; name a folder, or one --modality");
        }
        List<String> missing = new ArrayList<>();
        for (String name : wanted) {
            Path file = encoding.file(file(name));
            if (Files.exists(file)) {
                requireFit(file, samples, side, name);
                System.err.println(file + " is complete already");
            } else {
                missing.add(name);
            }
        }
        return missing;
    }

    /** A file of other pictures, of fewer, or of pictures of another size, is not the one that was asked for. */
    private void requireFit(Path file, JsonlIndex samples, int side, String modality) {
        try (Hdf5Samples known = Hdf5Samples.open(file)) {
            String key = samples.entries().getFirst().key();
            int[] shape = known.shape(key);
            if (shape == null || shape.length != 4 || shape[1] != side || shape[2] != side) {
                throw new DataException(
                        file,
                        "is there already, but "
                                + (shape == null ? "has no sample '" + key + "'" : "holds " + Arrays.toString(shape))
                                + ", not latents"
                                + " of " + side + "x" + side + " for this index; remove it to encode anew");
            }
            encoding.requireComplete(file, known, samples, modality);
        }
    }

    private Path file(String modality) {
        return isFile() ? out : out.resolve(modality + ".h5");
    }

    private boolean isFile() {
        String name = out.toString();
        return name.endsWith(".h5") || name.endsWith(".hdf5");
    }
}
