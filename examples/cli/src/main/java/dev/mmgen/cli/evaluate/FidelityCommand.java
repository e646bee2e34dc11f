package dev.mmgen.cli.evaluate;

import static dev.mmgen.train.metric.MetricTable.lower;

import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.cli.console.EncodingProgress;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import dev.mmgen.train.feature.DinoFeatures;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.metric.MetricTable;
import dev.mmgen.train.metric.distribution.FeatureSet;
import dev.mmgen.train.metric.distribution.FeatureStatistics;
import dev.mmgen.train.metric.distribution.FrechetDistance;
import dev.mmgen.train.metric.distribution.PrecisionRecall;
import dev.mmgen.train.prepare.Preparation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate fidelity}: the distance of a set of drawn pictures from a set of true ones. */
@Command(
        name = "fidelity",
        description = "Compares a set of drawn pictures with a set of true ones by their DINOv2 features: the Fréchet"
                + " distance (FDD), precision and recall. Names and numbers of the pictures may differ.",
        mixinStandardHelpOptions = true)
final class FidelityCommand implements Runnable {

    @Option(names = "--drawn", paramLabel = "FOLDER", required = true, description = "The drawn pictures.")
    @SuppressWarnings("NullAway.Init")
    private Path drawn;

    @Option(names = "--truth", paramLabel = "FOLDER", required = true, description = "True pictures.")
    @SuppressWarnings("NullAway.Init")
    private Path truth;

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            required = true,
            description =
                    "DINOv2 weights as published, of any size: .pth or .safetensors. The field's figures use ViT-L/14.")
    @SuppressWarnings("NullAway.Init")
    private Path weights;

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            defaultValue = "" + DinoFeatures.OFFICIAL_SIZE,
            description = "Side of the square that is cropped from the middle of each picture. Default: 224.")
    private int size = DinoFeatures.OFFICIAL_SIZE;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "16", description = "Pictures at once. Default: 16.")
    private int batch = 16;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "The folder of the table, as CSV and Markdown.")
    private @Nullable Path out;

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        if (batch < 1) {
            throw new IllegalArgumentException("--batch is " + batch + "; it must be at least 1");
        }
        ReportFiles files = ReportFiles.of(out, group);
        List<String> trueNames = List.copyOf(NamedPictures.names(truth));
        List<String> drawnNames = List.copyOf(NamedPictures.names(drawn));
        Device place = machine.apply();
        try (DinoV2 model = DinoV2.open(weights)) {
            model.to(place, DType.FLOAT32);
            DinoFeatures extractor = new DinoFeatures(model, place, size);
            Features real =
                    describe(new Extraction(extractor, group), model.config().width(), truth, trueNames);
            Features ours =
                    describe(new Extraction(extractor, group), model.config().width(), drawn, drawnNames);
            double distance = FrechetDistance.between(
                    real.statistics().gaussian(), ours.statistics().gaussian());
            files.table(
                    "fidelity",
                    MetricTable.of(lower("Fréchet distance", distance, ""))
                            .plus(PrecisionRecall.between(real.each(), ours.each())
                                    .table()));
        }
    }

    /** The features of each picture of a set, and their mean and covariance. */
    private record Features(FeatureSet each, FeatureStatistics statistics) {}

    /** The extraction of features by several processes. */
    private record Extraction(
            DinoFeatures extractor, @Nullable ProcessGroup group) {}

    /** Each process extracts its share of whole batches; all add all rows in the order of one process. */
    private Features describe(Extraction extraction, int width, Path folder, List<String> names) {
        ProcessGroup group = extraction.group();
        WorkShare share = WorkShare.of(group);
        List<Tensor> own = new ArrayList<>();
        try (TensorScope _ = TensorScope.open();
                EncodingProgress progress = new EncodingProgress(folder.toString())) {
            int last = share.end(names.size(), batch);
            for (int start = share.begin(names.size(), batch); start < last; start += batch) {
                int end = Math.min(start + batch, last);
                List<RgbImage> pictures = names.subList(start, end).stream()
                        .map(name -> RgbImage.read(folder.resolve(name)))
                        .toList();
                own.add(extraction.extractor().summary(pictures).to(Device.CPU));
                progress.accept(new Preparation.Progress(end, 0, names.size()));
            }
            return group == null ? features(own, width) : gathered(group, own, width, names.size());
        }
    }

    private Features gathered(ProcessGroup group, List<Tensor> own, int width, int count) {
        List<Tensor> all = new ArrayList<>();
        for (int rank = 0; rank < group.size(); rank++) {
            WorkShare share = new WorkShare(rank, group.size());
            int next = 0;
            for (int start = share.begin(count, batch); start < share.end(count, batch); start += batch) {
                Tensor rows = rank == group.rank()
                        ? own.get(next++)
                        : Torch.zeros(Math.min(start + batch, count) - start, width);
                group.broadcast(rows, rank);
                all.add(rows);
            }
        }
        return features(all, width);
    }

    private static Features features(List<Tensor> batches, int width) {
        Features features = new Features(new FeatureSet(width), new FeatureStatistics(width));
        for (Tensor rows : batches) {
            features.each().add(rows);
            features.statistics().add(rows);
        }
        return features;
    }
}
