package dev.mmgen.cli.training;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of a fine-tuning on pictures, all of which but the pictures have defaults that follow from them and the model. */
@Command(optionListHeading = "%nPictures:%n")
final class PictureOptions {

    @Option(
            names = "--data",
            paramLabel = "PATH",
            description =
                    "A folder with a folder of pictures for each modality, rgb/, depth/, canny/ and so on, flat or in"
                            + " a folder for each class; or a JSONL index.")
    @Nullable
    Path data;

    @Option(names = "--from-rgb", description = "Train the reading of photos alone. Default without a new modality.")
    boolean fromRgb;

    @Option(names = "--epochs", paramLabel = "N", description = "How often to see every sample, in place of --steps.")
    @Nullable
    Double epochs;

    @Option(names = "--minutes", paramLabel = "N", description = "About how long to train, in place of --steps.")
    @Nullable
    Double minutes;

    @Option(
            names = "--ema",
            paramLabel = "X",
            description =
                    "How much of the EMA stays in a step. Default: by the number of steps, so that at the end less"
                            + " than 5 %% of the first weights are left.")
    @Nullable
    Double ema;

    @Option(
            names = "--distill",
            paramLabel = "SHARE",
            description =
                    "How far the model as it was decides on the modalities that it knows, in place of the pictures,"
                            + " 0 to 1. Default: 1 with --add, else 0.")
    @Nullable
    Double distillation;

    @Option(names = "--size", paramLabel = "PIXELS", description = "Side of the pictures. Default: that of the model.")
    @Nullable
    Integer size;

    @Option(
            names = "--new-classes",
            description = "Learn classes that the model lacks. Default: a folder's name that is no class is refused.")
    boolean newClasses;

    @Option(names = "--no-classes", description = "Take no notice of classes.")
    boolean noClasses;
}
