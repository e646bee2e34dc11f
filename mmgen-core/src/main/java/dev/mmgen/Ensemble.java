package dev.mmgen;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.modality.Modality;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several readings of one photo, merged modality by modality.
 *
 * @param numbers     of the merged image
 * @param uncertainty how far the readings differ, see {@link MultiModalImage#uncertainty}; empty for a single reading
 */
record Ensemble(Map<Modality, FloatImage> numbers, Map<Modality, FloatMap> uncertainty) {

    /** One modality of the merged image. */
    record Merged(FloatImage numbers, FloatMap uncertainty) {}

    /** Merges readings of the same modalities, at least one. */
    static Ensemble of(List<Map<Modality, FloatImage>> readings) {
        Map<Modality, FloatImage> first = readings.getFirst();
        if (readings.size() == 1) {
            return new Ensemble(first, Map.of());
        }
        Map<Modality, FloatImage> numbers = new LinkedHashMap<>();
        Map<Modality, FloatMap> uncertainty = new LinkedHashMap<>();
        for (Modality modality : first.keySet()) {
            Merged merged = merge(
                    modality,
                    readings.stream().map(reading -> reading.get(modality)).toList());
            numbers.put(modality, merged.numbers);
            uncertainty.put(modality, merged.uncertainty);
        }
        return new Ensemble(numbers, uncertainty);
    }

    private static Merged merge(Modality modality, List<FloatImage> readings) {
        if (modality.equals(Modality.DEPTH)) {
            return AlignedDepths.merge(readings);
        }
        if (modality.equals(Modality.NORMAL)) {
            return meanDirection(readings);
        }
        return modality.equals(Modality.SEGMENTATION) ? SegmentVote.merge(readings) : mean(readings);
    }

    /** The mean direction of unit vectors; the uncertainty is their mean angle to it, in degrees. */
    private static Merged meanDirection(List<FloatImage> readings) {
        FloatImage first = readings.getFirst();
        int plane = first.width() * first.height();
        List<float[]> vectors =
                readings.stream().map(reading -> NormalMap.of(reading).values()).toList();
        float[] sums = new float[3 * plane];
        for (float[] reading : vectors) {
            for (int i = 0; i < plane; i++) {
                for (int axis = 0; axis < 3; axis++) {
                    sums[axis * plane + i] += reading[3 * i + axis];
                }
            }
        }
        // NormalMap gives unit vectors, also where the readings cancel out.
        NormalMap merged = NormalMap.of(new FloatImage(first.width(), first.height(), sums));
        float[] mean = merged.values();
        float[] angles = new float[plane];
        for (int i = 0; i < plane; i++) {
            double sum = 0;
            for (float[] reading : vectors) {
                double dot = 0;
                for (int axis = 0; axis < 3; axis++) {
                    dot += (double) reading[3 * i + axis] * mean[3 * i + axis];
                }
                sum += Math.toDegrees(Math.acos(Math.clamp(dot, -1, 1)));
            }
            angles[i] = (float) (sum / vectors.size());
        }
        return new Merged(merged.toFloatImage(), new FloatMap(first.width(), first.height(), angles));
    }

    /** The mean of the levels; the uncertainty is their standard deviation, from black (0) to white (1). */
    private static Merged mean(List<FloatImage> readings) {
        FloatImage first = readings.getFirst();
        int plane = first.width() * first.height();
        float[] mean = new float[3 * plane];
        for (FloatImage reading : readings) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += reading.values()[i] / readings.size();
            }
        }
        float[] deviations = new float[plane];
        for (int i = 0; i < plane; i++) {
            double sum = 0;
            for (FloatImage reading : readings) {
                for (int channel = i; channel < mean.length; channel += plane) {
                    double difference = (reading.values()[channel] - mean[channel]) / 2;
                    sum += difference * difference;
                }
            }
            deviations[i] = (float) Math.sqrt(sum / (3 * readings.size()));
        }
        return new Merged(
                new FloatImage(first.width(), first.height(), mean),
                new FloatMap(first.width(), first.height(), deviations));
    }
}
