package dev.mmgen.cli;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoV2;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Five samples of {@link TinyData}'s plan as images: an index, random pictures of some modalities, an autoencoder that makes
 * 4 x 4 latents of 8 x 8 pixels, and a DINOv2 whose tokens are 64 wide.
 */
public record TinyPictures(Path folder) {

    static final int SIZE = 8;

    /** Writes photos of 16 x 16 pixels of one class, and their index as {@code index.jsonl}. */
    public static void photos(Path folder, int count) {
        List<IndexEntry> entries = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < count; i++) {
            byte[] levels = new byte[16 * 16 * 3];
            random.nextBytes(levels);
            Path rgb = folder.resolve(i + ".png");
            RgbImage.of(16, 16, levels).write(rgb);
            entries.add(new IndexEntry("n0", 0, "n0/" + i + ".png", Map.of("rgb", rgb)));
        }
        JsonlIndex.of(entries).write(folder.resolve("index.jsonl"));
    }

    public static TinyPictures write(Path folder, String... modalities) {
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : modalities) {
                byte[] rgb = new byte[11 * 9 * 3];
                new Random(31 * i + modality.hashCode()).nextBytes(rgb);
                images.put(modality, folder.resolve(modality).resolve(i + ".png"));
                RgbImage.of(11, 9, rgb).write(images.get(modality));
            }
            entries.add(new IndexEntry("shape", i % 4, i + ".png", images));
        }
        TinyPictures images = new TinyPictures(folder);
        JsonlIndex.of(entries).write(images.index());
        AutoencoderConfig config = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(SIZE)
                .build();
        try (AutoencoderKl network = new AutoencoderKl(config);
                Generator generator = Generator.seeded(1)) {
            network.initialize(generator);
            AutoencoderFolder.write(network, images.autoencoder());
        }
        try (DinoV2 dino = new DinoV2(DinoConfig.published(64, 1, 1).withTrainedGrid(2));
                Generator generator = Generator.seeded(2)) {
            dino.initialize(generator);
            try (StateDict weights = dino.state()) {
                Safetensors.write(images.dino(), weights.asMap(), Map.of());
            }
        }
        return images;
    }

    public Path index() {
        return folder.resolve("images.jsonl");
    }

    public Path autoencoder() {
        return folder.resolve("vae");
    }

    public Path dino() {
        return folder.resolve("dino.safetensors");
    }

    /** Encodes a modality into a file, image by image, as training without the file would. */
    public Path moments(String modality) {
        Path file = folder.resolve("moments").resolve(modality + ".h5");
        CommandRun.succeed(
                "prepare",
                "latents",
                "--index",
                index(),
                "--vae",
                autoencoder(),
                "--size",
                SIZE,
                "--batch",
                1,
                "--threads",
                1,
                "--modality",
                modality,
                "--out",
                file);
        return file;
    }
}
