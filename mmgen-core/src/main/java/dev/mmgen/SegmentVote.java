package dev.mmgen;

import dev.mmgen.geometry.Segments;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.Quantization;
import java.util.List;

/**
 * The vote of several segmentations of one photo. The uncertainty of a pixel is the share of readings that voted otherwise.
 *
 * <p>Where a model paints by a palette, readings of the same thing have the same colour, and a pixel takes the colour that most
 * readings agree on. Where colours only tell segments apart, as with the released models, those of different readings mean
 * nothing to each other: there, each segment votes for the one of the first reading that it covers most.
 */
final class SegmentVote {

    private final List<FloatImage> readings;
    private final int plane;

    private SegmentVote(List<FloatImage> readings) {
        this.readings = readings;
        this.plane = readings.getFirst().values().length / 3;
    }

    static Ensemble.Merged merge(List<FloatImage> readings) {
        SegmentVote vote = new SegmentVote(readings);
        List<Segments> segments = readings.stream()
                .map(reading -> Segments.of(reading.toRgbImage(Quantization.ROUND)))
                .toList();
        return vote.isOfOnePalette(segments) ? vote.byColours() : vote.bySegments(segments);
    }

    /** Returns whether at least half of what the readings cover has the colour of what the first one shows there. */
    private boolean isOfOnePalette(List<Segments> segments) {
        Segments first = segments.getFirst();
        long same = segments.stream()
                .skip(1)
                .mapToLong(other -> SegmentMatch.of(other, first).ofOneColour())
                .sum();
        return 2 * same >= (long) plane * (segments.size() - 1);
    }

    private Ensemble.Merged byColours() {
        float[] merged = new float[3 * plane];
        float[] others = new float[plane];
        for (int pixel = 0; pixel < plane; pixel++) {
            int winner = 0;
            int most = 0;
            double nearest = Double.POSITIVE_INFINITY;
            for (int candidate = 0; candidate < readings.size(); candidate++) {
                int votes = 0;
                double sum = 0;
                for (int other = 0; other < readings.size(); other++) {
                    double distance = distance(candidate, other, pixel);
                    sum += distance;
                    votes += distance <= SegmentMatch.REACH ? 1 : 0;
                }
                if (votes > most || votes == most && sum < nearest) {
                    winner = candidate;
                    most = votes;
                    nearest = sum;
                }
            }
            for (int channel = pixel; channel < merged.length; channel += plane) {
                merged[channel] = readings.get(winner).values()[channel];
            }
            others[pixel] = 1 - (float) most / readings.size();
        }
        return merged(merged, others);
    }

    private double distance(int one, int other, int pixel) {
        float[] a = readings.get(one).values();
        float[] b = readings.get(other).values();
        double sum = 0;
        for (int channel = pixel; channel < a.length; channel += plane) {
            sum += (a[channel] - b[channel]) * (a[channel] - b[channel]);
        }
        return 127.5 * Math.sqrt(sum);
    }

    private Ensemble.Merged bySegments(List<Segments> segments) {
        Segments first = segments.getFirst();
        int[][] votes = new int[plane][first.colours().size()];
        for (Segments reading : segments) {
            int[] matches = SegmentMatch.of(reading, first).nearest();
            for (int i = 0; i < plane; i++) {
                votes[i][matches[reading.labels()[i]]]++;
            }
        }
        float[] merged = new float[3 * plane];
        float[] others = new float[plane];
        for (int i = 0; i < plane; i++) {
            int winner = first.labels()[i];
            for (int segment = 0; segment < votes[i].length; segment++) {
                winner = votes[i][segment] > votes[i][winner] ? segment : winner;
            }
            int colour = first.colours().get(winner);
            for (int channel = 0; channel < 3; channel++) {
                merged[channel * plane + i] = (colour >> (16 - 8 * channel) & 0xff) / 127.5f - 1;
            }
            others[i] = 1 - (float) votes[i][winner] / segments.size();
        }
        return merged(merged, others);
    }

    private Ensemble.Merged merged(float[] numbers, float[] others) {
        FloatImage first = readings.getFirst();
        return new Ensemble.Merged(
                new FloatImage(first.width(), first.height(), numbers),
                new FloatMap(first.width(), first.height(), others));
    }
}
