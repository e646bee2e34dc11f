package dev.mmgen.cli.prepare;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.train.feature.DinoFeatures;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.finetune.TrainingData;
import dev.mmgen.train.prepare.Encoding;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen prepare features}: the DINOv2 features of the photos of an index. */
@Command(
        name = "features",
        description = "Encodes photos into HDF5 DINOv2 patch tokens. If interrupted, run it again to continue.",
        mixinStandardHelpOptions = true)
final class FeaturesCommand implements Runnable {

    @Mixin
    private final EncodingOptions encoding = new EncodingOptions();

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            required = true,
            description = "DINOv2 weights as published, of any size: .pth or .safetensors.")
    @SuppressWarnings("NullAway.Init")
    private Path weights;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "The new HDF5 file.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--modality",
            paramLabel = "NAME",
            defaultValue = "rgb",
            description = "The images of the index to encode. Default: rgb.")
    private String modality = "rgb";

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            defaultValue = "" + DinoFeatures.OFFICIAL_SIZE,
            description = "Side of the square that is cropped from the middle. Default: 224.")
    private int size = DinoFeatures.OFFICIAL_SIZE;

    @Override
    public void run() {
        encoding.share(_ -> encode());
    }

    private void encode() {
        Device place = encoding.device();
        try (DinoV2 model = DinoV2.open(weights)) {
            model.to(place, DType.FLOAT32);
            encoding.encode(
                    encoding.index(), Encoding.tokens(model, place, size), size, TrainingData.indexName(modality), out);
        }
    }
}
