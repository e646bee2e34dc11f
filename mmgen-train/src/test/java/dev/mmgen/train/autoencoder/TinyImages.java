package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.image.RgbImage;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pictures of 16 × 16 pixels and a plan that trains on them in milliseconds. */
final class TinyImages {

    static final int SIDE = 16;
    static final List<String> MODALITIES = List.of("rgb", "depth");

    static final AutoencoderPlan PLAN = AutoencoderPlan.small()
            .withModel(AutoencoderConfig.stableDiffusion().toBuilder()
                    .blockOutChannels(8, 16)
                    .layersPerBlock(1)
                    .normNumGroups(4)
                    .scalingFactor(1)
                    .sampleSize(SIDE)
                    .build())
            .withOptimization(Optimization.RELEASED.toBuilder()
                    .learningRate(3e-3)
                    .schedule(Optimization.Schedule.COSINE)
                    .warmUpSteps(2)
                    .betas(0.9, 0.99)
                    .emaDecay(0.9)
                    .build())
            .withBatchSize(4)
            .withSteps(6)
            .withSeed(3)
            .withCheckpointing(Checkpointing.every(2).withKeep(2));

    private TinyImages() {}

    /** Writes five samples, so that batches of four images leave two over, and returns the index. */
    static Path write(Path folder) {
        List<IndexEntry> entries = new ArrayList<>();
        for (int sample = 0; sample < 5; sample++) {
            Map<String, Path> images = new LinkedHashMap<>();
            for (String modality : MODALITIES) {
                Path file = folder.resolve(modality).resolve(sample + ".png");
                picture(sample, modality.length()).write(file);
                images.put(modality, file);
            }
            entries.add(new IndexEntry("n0", 0, "n0/" + sample + ".png", images));
        }
        Path index = folder.resolve("index.jsonl");
        JsonlIndex.of(entries).write(index);
        return index;
    }

    private static RgbImage picture(int sample, int kind) {
        byte[] levels = new byte[SIDE * SIDE * 3];
        for (int i = 0; i < levels.length; i++) {
            int column = i / 3 % SIDE;
            int row = i / 3 / SIDE;
            boolean inside = Math.hypot(column - 7 - sample % 3, row - 7) < 3 + sample;
            levels[i] = (byte) (inside ? 60 * (i % 3) + 20 * kind : 255 - 6 * row);
        }
        return RgbImage.of(SIDE, SIDE, levels);
    }
}
