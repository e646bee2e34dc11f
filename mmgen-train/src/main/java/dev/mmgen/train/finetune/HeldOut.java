package dev.mmgen.train.finetune;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.train.data.IndexEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples that are kept out of a training, to show and to measure what it has learnt: their photos are read by the model,
 * and what it says of each modality is compared with the truth and with the mean picture of the training samples, the best
 * that is possible without looking.
 */
final class HeldOut {

    private static final int MEASURED = 20;
    private static final int SHOWN = 4;
    /** Training pictures that the mean is taken of. */
    private static final int AVERAGED = 200;
    /** A model whose defaults are hundreds of steps is measured with fewer. */
    private static final int MOST_STEPS = 10;

    private final List<IndexEntry> entries;
    private final List<IndexEntry> training;
    private final CenterCrop crop;

    /**
     * The errors of one modality on held-out samples: mean absolute differences of levels, 0 to 255.
     *
     * @param meanPicture of the mean training picture
     * @param model       of the model
     */
    record Score(double meanPicture, double model) {}

    /**
     * @param entries  the samples that are kept out
     * @param training those that are trained on
     * @param size     side of the pictures in pixels
     */
    HeldOut(List<IndexEntry> entries, List<IndexEntry> training, int size) {
        this.entries = entries;
        this.training = training;
        this.crop = new CenterCrop(size);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Returns what a model reads from a photo. */
    private MultiModalImage read(MmGen mmgen, IndexEntry entry) {
        var request = mmgen.understand(picture(entry, "rgb")).seed(0);
        SamplingDefaults reading = mmgen.config().reading();
        if (reading.steps() > MOST_STEPS) {
            request.steps(MOST_STEPS).sampler(Sampler.named("euler"));
        }
        return request.run();
    }

    private RgbImage picture(IndexEntry entry, String modality) {
        return crop.apply(RgbImage.read(entry.image(modality), ImageReading.REFERENCE));
    }

    /**
     * Draws a sheet: for each sample a row with its photo, then truth and reading of every other modality in turn. Where a
     * sample has no truth, the reading stands in its place.
     */
    RgbImage sheet(ModelConfig config, DiffusionTransformer model, AutoencoderKl network) {
        List<Modality> others = others(config);
        List<RgbImage> pictures = new ArrayList<>();
        MmGen mmgen = MmGen.of(config, model, network);
        for (IndexEntry entry : entries.subList(0, Math.min(SHOWN, entries.size()))) {
            MultiModalImage read = read(mmgen, entry);
            pictures.add(picture(entry, "rgb"));
            for (Modality modality : others) {
                String name = TrainingData.indexName(modality.name());
                pictures.add(entry.images().containsKey(name) ? picture(entry, name) : read.get(modality));
                pictures.add(read.get(modality));
            }
        }
        return new ContactSheet(1 + 2 * others.size(), 2).of(pictures);
    }

    private static List<Modality> others(ModelConfig config) {
        return config.modalities().list().stream()
                .filter(modality -> !modality.equals(Modality.RGB))
                .toList();
    }

    /** Measures a model: a score for every modality but the photo of which there are pictures, by its name. */
    Map<String, Score> scores(ModelConfig config, DiffusionTransformer model, AutoencoderKl network) {
        Map<Modality, double[]> means = new LinkedHashMap<>();
        Map<Modality, double[]> sums = new LinkedHashMap<>();
        MmGen mmgen = MmGen.of(config, model, network);
        for (IndexEntry entry : entries.subList(0, Math.min(MEASURED, entries.size()))) {
            MultiModalImage read = read(mmgen, entry);
            for (Modality modality : others(config)) {
                String name = TrainingData.indexName(modality.name());
                if (entry.images().containsKey(name)) {
                    RgbImage truth = picture(entry, name);
                    double[] mean = means.computeIfAbsent(modality, _ -> mean(name));
                    double[] sum = sums.computeIfAbsent(modality, _ -> new double[3]);
                    sum[0] += difference(levels(truth), mean);
                    sum[1] += difference(levels(truth), levels(read.get(modality)));
                    sum[2]++;
                }
            }
        }
        Map<String, Score> scores = new LinkedHashMap<>();
        sums.forEach((modality, sum) -> scores.put(modality.name(), new Score(sum[0] / sum[2], sum[1] / sum[2])));
        return scores;
    }

    private double[] mean(String name) {
        double[] mean = new double[3 * crop.size() * crop.size()];
        List<IndexEntry> pictured = training.stream()
                .filter(entry -> entry.images().containsKey(name))
                .limit(AVERAGED)
                .toList();
        for (IndexEntry entry : pictured) {
            double[] levels = levels(picture(entry, name));
            for (int i = 0; i < mean.length; i++) {
                mean[i] += levels[i] / pictured.size();
            }
        }
        return mean;
    }

    private static double[] levels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        double[] levels = new double[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            levels[i] = rgb[i] & 0xff;
        }
        return levels;
    }

    private static double difference(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs(a[i] - b[i]);
        }
        return sum / a.length;
    }
}
