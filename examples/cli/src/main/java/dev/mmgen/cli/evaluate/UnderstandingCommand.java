package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.JointReader;
import dev.mmgen.shapes.evaluation.MeanPicture;
import dev.mmgen.shapes.evaluation.ModelReader;
import dev.mmgen.shapes.evaluation.ReadingSheet;
import dev.mmgen.shapes.evaluation.SamplingWay;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.shapes.evaluation.SceneReader;
import dev.mmgen.shapes.evaluation.Scoreboard;
import dev.mmgen.shapes.evaluation.ScoreboardPlot;
import dev.mmgen.shapes.evaluation.SharedImages;
import dev.mmgen.shapes.evaluation.Understanding;
import dev.mmgen.shapes.evaluation.VaeReconstruction;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate shapes understanding}: the errors of a model that reads photos. */
@Command(
        name = "understanding",
        description =
                "Compares the depth, normals and segmentation that a model reads from photos of test scenes, without"
                        + " being told their category, with the exact truth.",
        mixinStandardHelpOptions = true)
final class UnderstandingCommand implements Runnable {

    private static final int ON_SHEET = 8;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(
            names = "--specialist",
            paramLabel = "MODALITY=FOLDER",
            description =
                    "A model that reads only depth, normal or segmentation, to compare with; one for each if wanted.")
    private Map<String, Path> specialists = new LinkedHashMap<>();

    @Option(
            names = "--scenes",
            paramLabel = "N",
            defaultValue = "500",
            description = "The number of test scenes. Default: 500.")
    private int scenes = 500;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "3",
            description = "The number of readings of each, from different seeds. Default: 3.")
    private int seeds = 3;

    @Option(
            names = "--training-scenes",
            paramLabel = "N",
            defaultValue = "2000",
            description = "The number of training scenes in the mean image. Default: 2000.")
    private int trainingScenes = 2000;

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The folder of the table, a plot and a sheet.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Mixin
    private final EditionOption edition = new EditionOption();

    @Override
    public void run() {
        Processes.run(this::run);
    }

    private void run(@Nullable ProcessGroup group) {
        ReportFiles files = ReportFiles.of(out, group);
        try (MmGen mmgen = model.open();
                Specialists experts = Specialists.open(specialists, mmgen.resolution());
                StepProgress progress = StepProgress.of("Reading", group)) {
            ShapesWorld world = edition.of(mmgen);
            SharedImages sharing = new SharedImages(group);
            int size = mmgen.resolution();
            SamplingWay way = sampler.way(mmgen.config().reading());
            List<Rendering> test = new ScenePictures(world, Split.TEST, size).render(0, scenes);
            Understanding understanding = new Understanding(test, seeds);
            List<Scoreboard.Contestant> contestants = new ArrayList<>(List.of(
                    understanding.measure("mean training image", MeanPicture.of(world, trainingScenes, size)),
                    understanding.measure(
                            "VAE reconstruction of the truth", new VaeReconstruction(mmgen.autoencoder()))));
            // Specialists use the same sampler and steps.
            List<SceneReader> readers = experts.readers(way, sharing, progress);
            if (!readers.isEmpty()) {
                contestants.add(understanding.measure("specialist", new JointReader(readers)));
            }
            ModelReader reader = ModelReader.of(mmgen, way, progress).sharing(sharing);
            contestants.add(understanding.measure("MMGen", reader));
            Scoreboard scoreboard = new Scoreboard(contestants);
            files.table("understanding", scoreboard.toMarkdown(), scoreboard.toCsv());
            files.picture(
                    "understanding-figures",
                    ScoreboardPlot.ofReading(scoreboard).draw());
            List<Rendering> shown = test.subList(0, Math.min(ON_SHEET, test.size()));
            List<MultiModalImage> read = reader.read(shown, 0);
            files.picture("understanding", new ReadingSheet("MMGen").draw(shown, read));
        }
    }

    /** The models of one modality each, to compare with. */
    private record Specialists(Map<Modality, MmGen> models) implements AutoCloseable {

        static Specialists open(Map<String, Path> folders, int size) {
            Specialists specialists = new Specialists(new LinkedHashMap<>());
            try {
                folders.forEach((name, folder) -> {
                    MmGen mmgen = MmGen.open(folder);
                    specialists.models.put(Modality.named(name), mmgen);
                    requireFit(mmgen, Modality.named(name), folder, size);
                });
                return specialists;
            } catch (RuntimeException e) {
                specialists.close();
                throw e;
            }
        }

        private static void requireFit(MmGen mmgen, Modality modality, Path folder, int size) {
            if (!SceneReader.READ.contains(modality)
                    || !mmgen.modalities().contains(modality)
                    || !mmgen.modalities().contains(Modality.RGB)) {
                throw new IllegalArgumentException("--specialist " + modality + "=" + folder + ": a model of "
                        + mmgen.modalities() + " does not read " + modality + " from photos");
            }
            if (mmgen.resolution() != size) {
                throw new IllegalArgumentException(
                        "--specialist " + modality + "=" + folder + " reads pictures of size " + mmgen.resolution()
                                + ", but the model those of size " + size + "; name a specialist of the same size");
            }
        }

        List<SceneReader> readers(SamplingWay way, SharedImages sharing, StepProgress progress) {
            List<SceneReader> readers = new ArrayList<>();
            models.forEach((modality, mmgen) -> readers.add(ModelReader.of(mmgen, way, progress)
                    .withWanted(List.of(modality))
                    .sharing(sharing)));
            return readers;
        }

        @Override
        public void close() {
            models.values().forEach(MmGen::close);
        }
    }
}
