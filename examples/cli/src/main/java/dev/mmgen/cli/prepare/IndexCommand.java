package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.data.ConditionIndex;
import dev.mmgen.train.data.HypersimIndex;
import dev.mmgen.train.data.IndexBuilder;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.finetune.ClassNumbers;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.finetune.TrainingData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen prepare index}: the listing of a data set's samples. */
@Command(
        name = "index",
        description = "Lists samples in a JSONL index, from folders of images or from Hypersim.",
        mixinStandardHelpOptions = true)
final class IndexCommand implements Runnable {

    private static final int INCOMPLETE_SHOWN = 20;

    /** Stands for "no class" in models of 1000 classes. */
    private static final int NO_CLASS = 1000;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Source source;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "The new index.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--class",
            paramLabel = "ID",
            description =
                    "The class of all samples. Default: by sub-folder of the photos, in the order of their names; 1000,"
                            + " none, for Hypersim and for images without photos.")
    private @Nullable Integer label;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "Number classes as this model does, by the names of their folders. Default: in the order of the"
                            + " folders' names, which says nothing to a trained model.")
    private @Nullable String model;

    /** The images, either of folders or of Hypersim. */
    private static final class Source {

        @Option(
                names = "--images",
                paramLabel = "MODALITY=FOLDER",
                required = true,
                description =
                        "The images of a modality: --images rgb=photos --images depth=depth --images canny=edges ..."
                                + " Other modalities have the photos' names, as .png. Without rgb: one modality, as conditions.")
        private @Nullable Map<String, Path> images;

        @ArgGroup(exclusive = false)
        private @Nullable Hypersim hypersim;
    }

    /** The folders of Hypersim. */
    private static final class Hypersim {

        @Option(
                names = "--hypersim",
                paramLabel = "FOLDER",
                required = true,
                description = "Preprocessed scenes: SCENE/cam_XX/ with rgb, depth, normal and mask.")
        @SuppressWarnings("NullAway.Init")
        private Path scenes;

        @Option(
                names = "--split",
                paramLabel = "FILE",
                required = true,
                description = "The list of the scenes to take, one per line.")
        @SuppressWarnings("NullAway.Init")
        private Path split;

        @Option(
                names = "--segmentation-jobs",
                paramLabel = "FILE",
                description =
                        "Write the list of photos that a program of your own is to segment, with the names of its results.")
        private @Nullable Path jobs;
    }

    @Override
    public void run() {
        Processes.requireOne();
        if (Files.exists(out)) {
            throw new IllegalArgumentException(out + " exists already; remove it to list the samples anew");
        }
        Map<String, Path> folders = folders();
        Path photos = folders.remove("rgb");
        JsonlIndex index;
        if (source.hypersim != null) {
            index = complete(ofHypersim(source.hypersim));
        } else if (photos != null) {
            index = complete(ofFolders(photos, folders));
        } else if (folders.size() == 1) {
            Map.Entry<String, Path> only = folders.entrySet().iterator().next();
            index = ConditionIndex.of(only.getValue(), only.getKey(), label == null ? NO_CLASS : label);
        } else {
            throw new IllegalArgumentException("--images names " + String.join(", ", folders.keySet())
                    + " but not rgb; add the photos, or name one modality alone");
        }
        if (model != null) {
            index = ClassNumbers.ofModel(index, PretrainedModel.open(model).config());
        }
        index.write(out);
        System.out.println(out + ": " + index.size() + " samples of "
                + index.entries().stream()
                        .mapToInt(entry -> entry.label())
                        .distinct()
                        .count() + " classes");
    }

    /** Returns the folders by the names of the index, which calls segmentation "mask". */
    private Map<String, Path> folders() {
        Map<String, Path> folders = new LinkedHashMap<>();
        if (source.images != null) {
            source.images.forEach((modality, folder) -> folders.put(TrainingData.indexName(modality), folder));
        }
        return folders;
    }

    private IndexBuilder.Result ofFolders(Path photos, Map<String, Path> others) {
        IndexBuilder builder = IndexBuilder.photos(photos);
        others.forEach(builder::modality);
        if (label != null) {
            builder.oneClass(String.valueOf(photos.toAbsolutePath().normalize().getFileName()), label);
        }
        return builder.build();
    }

    private IndexBuilder.Result ofHypersim(Hypersim hypersim) {
        HypersimIndex index = HypersimIndex.open(hypersim.scenes, hypersim.split);
        if (hypersim.jobs != null) {
            index.writeSegmentationJobs(hypersim.jobs);
        }
        return index.build(label == null ? NO_CLASS : label);
    }

    private static JsonlIndex complete(IndexBuilder.Result result) {
        Map<Path, List<Path>> incomplete = result.incomplete();
        if (!incomplete.isEmpty()) {
            System.err.println(incomplete.size() + " photos were skipped, because files are missing:");
            incomplete.values().stream()
                    .flatMap(List::stream)
                    .limit(INCOMPLETE_SHOWN)
                    .forEach(file -> System.err.println("  " + file));
        }
        return result.index();
    }
}
