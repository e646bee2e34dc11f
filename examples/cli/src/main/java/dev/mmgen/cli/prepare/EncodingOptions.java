package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.cli.console.EncodingProgress;
import dev.mmgen.cli.console.LeftOut;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.hdf5.Shards;
import dev.mmgen.train.prepare.Encoding;
import dev.mmgen.train.prepare.Preparation;
import dev.mmgen.train.prepare.PreparationConfig;
import dev.mmgen.train.prepare.Selection;
import dev.mmgen.train.prepare.SharedPreparation;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of an encoding: the images, and the portions in which they are encoded. */
@Command(optionListHeading = "%nEncoding:%n")
final class EncodingOptions {

    private static final Pattern SHARD = Pattern.compile("(\\d{1,5})/(\\d{1,5})");

    /** Measured on a CPU: with more pixels, intermediate results no longer fit into its caches, which costs a fifth of the time. */
    private static final int PIXELS_AT_ONCE = 256 * 256;

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the samples.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images encoded at once. Default: as many as have 256 x 256 pixels together;"
                    + " a GPU is faster with more.")
    private @Nullable Integer batch;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads that read images in the background. Default: 2.")
    private int readers;

    @Option(
            names = "--shard",
            paramLabel = "I/N",
            description =
                    "Encode every N-th sample from number I, from 0, into a file of its own. 'train' reads all N as one.")
    private @Nullable String shard;

    @Option(
            names = "--bad-images",
            paramLabel = "N",
            defaultValue = "100",
            description = "The number of images that may be unreadable. Default: 100.")
    private int badImages;

    private @Nullable ProcessGroup group;

    /** Reads the index, once for all modalities. */
    JsonlIndex index() {
        return JsonlIndex.read(index);
    }

    /** Sets the number of threads and returns the device, before anything is computed. */
    Device device() {
        return machine.apply();
    }

    /** Does the work of this process, one of several where a launcher has started them. */
    void share(Processes.Work work) {
        Processes.run(started -> {
            group = started;
            work.run(started);
        });
    }

    /** Encodes a modality with a progress bar, and prints the file and the skipped samples. */
    void encode(JsonlIndex samples, Encoding encoding, int size, String modality, Path target) {
        int atOnce = batch == null ? Math.max(1, (int) (PIXELS_AT_ONCE / ((long) size * size))) : batch;
        PreparationConfig config = new PreparationConfig(atOnce, readers, badImages, selection());
        Preparation.Result result;
        try (EncodingProgress progress = new EncodingProgress(modality)) {
            result = group == null
                    ? new Preparation(samples, encoding, config).run(modality, target, progress)
                    : new SharedPreparation(samples, encoding, config, group).run(modality, target, progress);
        }
        if (group != null && !group.isFirst()) {
            return;
        }
        System.out.println(result.file() + ": " + result.samples() + " samples");
        new LeftOut(result.bad()).print();
    }

    /** Returns the file that is written for a target: that of the shard, if there is one. */
    Path file(Path target) {
        return new Shards(target, selection().shards()).file(selection().shard());
    }

    /**
     * Checks that a finished file has this process's samples of the index, but for those that cannot be read.
     *
     * @throws DataException if others are not there: the index has grown since
     */
    void requireComplete(Path file, Hdf5Samples known, JsonlIndex samples, String modality) {
        List<IndexEntry> wanted = selection().of(samples.entries());
        List<IndexEntry> lacking = wanted.stream()
                .filter(entry -> entry.images().containsKey(modality) && !known.contains(entry.key()))
                .toList();
        if (lacking.size() > badImages || lacking.stream().anyMatch(entry -> isReadable(entry.image(modality)))) {
            throw new DataException(
                    file,
                    "is there already, but lacks " + lacking.size() + " of the " + wanted.size()
                            + " samples of this index; remove it to encode anew");
        }
    }

    private static boolean isReadable(Path image) {
        try {
            return RgbImage.read(image).width() > 0;
        } catch (ImageException _) {
            return false;
        }
    }

    private Selection selection() {
        if (shard == null) {
            return Selection.ALL;
        }
        Matcher matcher = SHARD.matcher(shard);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "--shard " + shard + " is not I/N, for example 0/4 for the first of four");
        }
        return Selection.ofShard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
}
