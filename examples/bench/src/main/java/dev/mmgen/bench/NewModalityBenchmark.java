package dev.mmgen.bench;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.PictureFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The error of what fine-tuned models read of a modality from photos that they have not seen, beside that of the mean training
 * picture, which needs no look at the photo.
 *
 * <p>Arguments: the modality, the folder of the training pictures, the folder of the unseen ones, and model folders. Each line
 * has the mean absolute and the mean squared difference to the truth, in levels from 0 to 255.
 */
public final class NewModalityBenchmark {

    private static final String USAGE = "NewModalityBenchmark MODALITY TRAINING-PICTURES UNSEEN-PICTURES MODEL...";
    private static final int BATCH = 20;

    private NewModalityBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, NewModalityBenchmark::measure);
    }

    private static void measure(Arguments arguments) {
        String modality = arguments.word(0);
        List<IndexEntry> unseen = pictures(Path.of(arguments.word(2)), modality);
        List<int[]> truths = unseen.stream()
                .map(entry -> levels(RgbImage.read(entry.image(modality))))
                .toList();
        int[] mean = mean(pictures(Path.of(arguments.word(1)), modality), modality);
        print("the mean picture", truths, truths.stream().map(_ -> mean).toList());
        for (String model : arguments.from(3)) {
            try (MmGen mmgen = MmGen.open(Path.of(model))) {
                print(model, truths, readings(mmgen, unseen, Modality.named(modality)));
            }
        }
    }

    private static List<IndexEntry> pictures(Path folder, String modality) {
        return PictureFolder.open(folder, List.of("rgb", modality)).entries();
    }

    private static List<int[]> readings(MmGen mmgen, List<IndexEntry> entries, Modality modality) {
        List<int[]> readings = new ArrayList<>();
        for (int start = 0; start < entries.size(); start += BATCH) {
            List<ImageRequest> requests = entries.subList(start, Math.min(start + BATCH, entries.size())).stream()
                    .map(entry -> mmgen.understand(RgbImage.read(entry.image("rgb")))
                            .batch(BATCH)
                            .seed(0)
                            .build())
                    .toList();
            for (MultiModalImage image : mmgen.runAll(requests)) {
                readings.add(levels(image.get(modality)));
            }
        }
        return readings;
    }

    private static int[] levels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        int[] levels = new int[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            levels[i] = rgb[i] & 0xff;
        }
        return levels;
    }

    private static int[] mean(List<IndexEntry> entries, String modality) {
        List<int[]> all = entries.stream()
                .map(entry -> levels(RgbImage.read(entry.image(modality))))
                .toList();
        int[] mean = new int[all.getFirst().length];
        for (int i = 0; i < mean.length; i++) {
            int place = i;
            mean[i] = (int) Math.round(
                    all.stream().mapToInt(levels -> levels[place]).average().orElseThrow());
        }
        return mean;
    }

    private static void print(String name, List<int[]> truths, List<int[]> readings) {
        double absolute = 0;
        double squared = 0;
        for (int i = 0; i < truths.size(); i++) {
            int[] truth = truths.get(i);
            for (int k = 0; k < truth.length; k++) {
                double error = readings.get(i)[k] - truth[k];
                absolute += Math.abs(error) / truth.length / truths.size();
                squared += error * error / truth.length / truths.size();
            }
        }
        System.out.printf(Locale.ROOT, "%s: absolute %.2f, squared %.1f%n", name, absolute, squared);
    }
}
