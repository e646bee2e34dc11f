package dev.mmgen.train.finetune;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
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

    /** Samples that are measured. */
    static final int MEASURED = 20;

    private static final int SHOWN = 4;
    /** Training pictures that the mean is taken of. */
    static final int AVERAGED = 200;
    /** A model whose defaults are hundreds of steps is measured with fewer. */
    private static final int MOST_STEPS = 10;
    /** The share of the mean picture's error beyond which an autoencoder's own is worth a warning. */
    private static final double MOST_BLUR = 0.5;
    /** Levels from 0 to 255 in a unit of pixels from -1 to 1. */
    private static final double LEVELS_PER_UNIT = 127.5;

    private final List<IndexEntry> entries;
    private final List<IndexEntry> training;
    private final CenterCrop crop;

    /**
     * The bounds of the errors of one modality on held-out samples: mean absolute differences of levels, 0 to 255.
     *
     * @param meanPicture of the mean training picture
     * @param autoencoder of the truth after the autoencoder
     */
    record Bounds(double meanPicture, double autoencoder) {

        /** Returns true if most of what is to be learnt is lost in the autoencoder. */
        boolean isBlurred() {
            return autoencoder > MOST_BLUR * meanPicture;
        }
    }

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

    private List<IndexEntry> measured() {
        return entries.subList(0, Math.min(MEASURED, entries.size()));
    }

    /**
     * Measures the errors that no training of a transformer can fall below: those of the mean training picture, which needs no
     * look at the photo, and those of the truth itself after the autoencoder.
     *
     * @return a score for every modality but the photo of which there are pictures, by its name
     */
    Map<String, Bounds> bounds(ModelConfig config, AutoencoderKl network) {
        Map<String, Bounds> bounds = new LinkedHashMap<>();
        for (Modality modality : others(config)) {
            String name = TrainingData.indexName(modality.name());
            List<RgbImage> truths = measured().stream()
                    .filter(entry -> entry.images().containsKey(name))
                    .map(entry -> picture(entry, name))
                    .toList();
            if (!truths.isEmpty()) {
                double[] mean = mean(name);
                bounds.put(
                        modality.name(),
                        new Bounds(
                                truths.stream()
                                        .mapToDouble(truth -> difference(levels(truth), mean))
                                        .average()
                                        .orElseThrow(),
                                truths.stream()
                                        .mapToDouble(truth -> blur(truth, network))
                                        .average()
                                        .orElseThrow()));
            }
        }
        return bounds;
    }

    /** Returns how far a picture is from itself after the autoencoder. */
    private static double blur(RgbImage picture, AutoencoderKl network) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            float[] signed = Normalization.SIGNED.apply(picture);
            Tensor image = Torch.tensor(signed, 1, 3, picture.height(), picture.width())
                    .to(network.device(), network.dtype());
            try (Posterior posterior = network.encode(image)) {
                Tensor back = network.decode(posterior.mode()).clamp(-1, 1);
                return back.sub(image).abs().mean().item() * LEVELS_PER_UNIT;
            }
        }
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

    /** Measures a model: the error of what it reads of every modality but the photo of which there are pictures, by its name. */
    Map<String, Double> errors(ModelConfig config, DiffusionTransformer model, AutoencoderKl network) {
        Map<String, List<Double>> errors = new LinkedHashMap<>();
        MmGen mmgen = MmGen.of(config, model, network);
        for (IndexEntry entry : measured()) {
            MultiModalImage read = read(mmgen, entry);
            for (Modality modality : others(config)) {
                String name = TrainingData.indexName(modality.name());
                if (entry.images().containsKey(name)) {
                    errors.computeIfAbsent(modality.name(), _ -> new ArrayList<>())
                            .add(difference(levels(picture(entry, name)), levels(read.get(modality))));
                }
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        errors.forEach((name, all) -> means.put(
                name, all.stream().mapToDouble(error -> error).average().orElseThrow()));
        return means;
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
