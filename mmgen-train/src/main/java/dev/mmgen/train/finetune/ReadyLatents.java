package dev.mmgen.train.finetune;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.prepare.LatentStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Latents of a fine-tuning's samples that were encoded before, checked before anything is trained.
 *
 * @param files an HDF5 file of posteriors, or the shards of one, by the modality's name in the index
 */
record ReadyLatents(Map<String, Path> files) {

    /** Samples whose means tell one modality from another. */
    private static final int LOOKED_AT = 32;

    /** The distance of other means from which on another modality is thought of, and how much nearer that one must be. */
    private static final double FAR = 0.1;

    private static final double UNLIKELY = 4;

    /**
     * Returns those of a fine-tuning.
     *
     * @param modalities names of those that the model has or gets
     * @throws IllegalArgumentException if a file is of another modality, or the samples are a program's own
     */
    static ReadyLatents of(FineTuningSettings settings, List<String> modalities) {
        List<String> known = modalities.stream().map(TrainingData::indexName).toList();
        settings.latents.keySet().forEach(name -> {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("there are latents of '" + name
                        + "', which the model neither has nor learns; it learns " + String.join(", ", known));
            }
        });
        if (settings.samples != null && !settings.latents.isEmpty()) {
            throw new IllegalArgumentException("latents in files belong to samples that a folder or an index lists;"
                    + " name it with data(...), in place of samples of a program's own");
        }
        return new ReadyLatents(Map.copyOf(settings.latents));
    }

    Set<String> names() {
        return files.keySet();
    }

    /**
     * Checks that each file holds some of the samples.
     *
     * @throws DataException naming a file that is missing, damaged or of other samples
     */
    void requireSamples(List<IndexEntry> entries) {
        files.forEach((name, file) -> {
            try (Hdf5Samples samples = Hdf5Samples.open(file)) {
                if (entries.stream().noneMatch(entry -> samples.contains(entry.key()))) {
                    throw new DataException(
                            file,
                            "holds none of the " + entries.size() + " samples; it has "
                                    + samples.keys().stream().findFirst().orElse("nothing") + ", the first sample is "
                                    + entries.getFirst().key());
                }
            }
        });
    }

    /** Returns a line for each file that lacks some of the samples. */
    List<String> gaps(List<IndexEntry> entries) {
        List<String> lines = new ArrayList<>();
        files.forEach((name, file) -> {
            try (Hdf5Samples samples = Hdf5Samples.open(file)) {
                long missing = entries.stream()
                        .filter(entry -> !samples.contains(entry.key()))
                        .count();
                if (missing > 0) {
                    lines.add(missing + " of " + entries.size() + " samples have no '" + name + "' in " + file
                            + ", and learn without it");
                }
            }
        });
        return lines;
    }

    /** Returns a line for each file whose latents look like those of another modality, by the means that the model knows. */
    List<String> mistaken(ModelConfig model) {
        if (!(model.latents() instanceof LatentNormalization.Statistics known)) {
            return List.of();
        }
        List<String> names =
                model.modalityNames().stream().map(TrainingData::indexName).toList();
        List<String> lines = new ArrayList<>();
        files.forEach((name, file) -> {
            List<Double> means = means(file, known.means().getFirst().size());
            double own = names.contains(name) ? distance(means, known, names.indexOf(name)) : 0;
            int nearest = IntStream.range(0, names.size())
                    .boxed()
                    .min(Comparator.comparingDouble(modality -> distance(means, known, modality)))
                    .orElseThrow();
            if (own > FAR && own > UNLIKELY * distance(means, known, nearest)) {
                lines.add(file + " looks like latents of '" + names.get(nearest) + "', not of '" + name
                        + "'; check which file is which");
            }
        });
        return lines;
    }

    /** Returns the means of the first samples; those that cannot be read are counted when the training meets them. */
    private static List<Double> means(Path file, int channels) {
        LatentStatistics statistics = new LatentStatistics(channels);
        try (Hdf5Samples samples = Hdf5Samples.open(file)) {
            samples.keys().stream().limit(LOOKED_AT).forEach(key -> {
                try {
                    statistics.add(samples.read(key));
                } catch (DataException | IllegalArgumentException _) {
                    // Left out.
                }
            });
        }
        return statistics.means();
    }

    /** Returns the mean square of what a channel's mean is off by, in its deviations. */
    private static double distance(List<Double> means, LatentNormalization.Statistics known, int modality) {
        return IntStream.range(0, means.size())
                .mapToDouble(channel ->
                        (means.get(channel) - known.means().get(modality).get(channel))
                                / known.deviations().get(modality).get(channel))
                .map(off -> off * off)
                .average()
                .orElseThrow();
    }

    /**
     * Checks that the latents are of pictures as the model takes them.
     *
     * @param size side of the pictures in pixels, for the message
     * @throws DataException naming a file whose first array has another shape
     */
    void requireShape(TransformerConfig model, int size) {
        int[] wanted = {model.latentChannels(), model.inputSize(), model.inputSize(), 2};
        files.forEach((name, file) -> {
            try (Hdf5Samples samples = Hdf5Samples.open(file)) {
                String first = samples.keys().iterator().next();
                int[] found = samples.shape(first);
                if (!Arrays.equals(found, wanted)) {
                    throw new DataException(
                            file,
                            "holds " + Arrays.toString(found) + " for sample '" + first + "', but the model takes "
                                    + Arrays.toString(wanted) + "; prepare latents of " + size + " pixels with its"
                                    + " autoencoder");
                }
            }
        });
    }
}
