package dev.mmgen.fuzz;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A command that runs for a while and may be killed at any moment. Each has the smallest model and data that exercise it. */
enum KilledJob {
    TRAINING {
        @Override
        List<Object> command(Path data, Path out) {
            List<Object> command = new ArrayList<>(List.of("train", "--plan", data.resolve("plan.json")));
            command.addAll(latents(data, "rgb", "depth"));
            command.addAll(List.of("--features", data.resolve("dino.h5"), "--steps", 60, "--checkpoint-every", 2));
            command.addAll(List.of("--keep", 3, "--threads", 1, "--out", out));
            return command;
        }
    },
    /** Of which a random process is killed; the launcher then ends the other. */
    TRAINING_BY_TWO {
        @Override
        List<Object> command(Path data, Path out) {
            List<Object> command = new ArrayList<>(List.of("launch", "--processes", 2, "--"));
            command.addAll(TRAINING.command(data, out));
            command.addAll(List.of("--gradient-accumulation", 2));
            return command;
        }

        @Override
        void kill(Process process, Random random) throws InterruptedException {
            List<ProcessHandle> ranks = process.children().toList();
            if (ranks.isEmpty()) {
                super.kill(process, random);
            } else {
                ranks.get(random.nextInt(ranks.size())).destroyForcibly();
                process.waitFor();
            }
        }
    },
    FINETUNING {
        @Override
        List<Object> command(Path data, Path out) {
            List<Object> command = new ArrayList<>(List.of("finetune", data.resolve("trained.pt"), "--add", "canny"));
            command.addAll(latents(data, "rgb", "depth", "canny"));
            command.addAll(List.of("--lora", 2, "--batch-size", 2, "--precision", "float32", "--steps", 60));
            command.addAll(List.of("--checkpoint-every", 2, "--keep", 3, "--format", "safetensors"));
            command.addAll(List.of("--threads", 1, "--out", out));
            return command;
        }
    },
    PREPARATION {
        @Override
        List<Object> command(Path data, Path out) {
            return List.of(
                    "prepare",
                    "latents",
                    "--index",
                    data.resolve("images.jsonl"),
                    "--vae",
                    data.resolve("vae"),
                    "--size",
                    16,
                    "--batch",
                    2,
                    "--threads",
                    1,
                    "--out",
                    out);
        }
    };

    private static final int IMAGES = 120;

    /** Returns the words of the command. */
    abstract List<Object> command(Path data, Path out);

    /** Kills the command, and waits until all of it has ended. */
    void kill(Process process, Random random) throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private static List<Object> latents(Path data, String... modalities) {
        List<Object> options = new ArrayList<>(List.of("--index", data.resolve("train.jsonl")));
        for (String modality : modalities) {
            options.addAll(List.of("--latents", modality + "=" + data.resolve(modality + ".h5")));
        }
        return options;
    }

    /** Writes what all jobs need. */
    static void writeData(Path folder) throws Exception {
        TinyData.write(folder, "rgb", "depth", "canny");
        writeCheckpoint(folder.resolve("trained.pt"));
        writeImages(folder);
    }

    private static void writeCheckpoint(Path file) {
        TrainingPlan plan = TrainingPlan.parse(TinyData.PLAN);
        try (DiffusionTransformer model = plan.newModel();
                Generator generator = Generator.seeded(1);
                LatentsInMemory none = new LatentsInMemory(
                        new TrainingBatch(Torch.zeros(2, 8, 4, 4), Torch.tensor(new long[] {0, 1}), null), 2, 0)) {
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.1, generator));
            try (Trainer trainer = new Trainer(plan, model, none)) {
                trainer.save(file);
            }
        }
    }

    private static void writeImages(Path folder) {
        Random random = new Random(1);
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : List.of("rgb", "depth")) {
                byte[] pixels = new byte[16 * 16 * 3];
                random.nextBytes(pixels);
                Path image = folder.resolve(modality).resolve(i + ".png");
                RgbImage.of(16, 16, pixels).write(image);
                images.put(modality, image);
            }
            entries.add(new IndexEntry("shape", 0, i + ".png", images));
        }
        JsonlIndex.of(entries).write(folder.resolve("images.jsonl"));
        AutoencoderConfig config = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .sampleSize(16)
                .build();
        try (AutoencoderKl network = new AutoencoderKl(config);
                Generator generator = Generator.seeded(1)) {
            network.initialize(generator);
            AutoencoderFolder.write(network, folder.resolve("vae"));
        }
    }
}
