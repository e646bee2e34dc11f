package dev.mmgen.train;

import dev.mmgen.train.loss.LossTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a step as numbers, the means over its micro-batches.
 *
 * @param total       what was minimised
 * @param velocity    the weighted sum over modalities
 * @param perModality the mean squared velocity error of each modality over the samples that supervised it; null where none did
 * @param supervised  in how many samples each modality was supervised
 * @param alignment   minus the mean cosine similarity; null in a step without alignment
 */
public record LossReport(
        double total,
        double velocity,
        List<@Nullable Double> perModality,
        List<Integer> supervised,
        @Nullable Double alignment) {

    /** Copies the lists. */
    public LossReport {
        perModality = Collections.unmodifiableList(new ArrayList<>(perModality));
        supervised = List.copyOf(supervised);
    }

    /** The loss of a step without alignment. */
    public LossReport(double total, double velocity, List<@Nullable Double> perModality, List<Integer> supervised) {
        this(total, velocity, perModality, supervised, null);
    }

    /** Returns the same report with an alignment. */
    public LossReport withAlignment(double value) {
        return new LossReport(total, velocity, perModality, supervised, value);
    }

    static LossReport of(LossTerms terms) {
        double[] errors = terms.perModality().toDoubles();
        int[] supervised = terms.supervised();
        List<@Nullable Double> perModality = new ArrayList<>();
        for (int m = 0; m < errors.length; m++) {
            perModality.add(supervised[m] == 0 ? null : errors[m]);
        }
        return new LossReport(
                terms.total().item(),
                terms.velocity().item(),
                perModality,
                Arrays.stream(supervised).boxed().toList(),
                terms.alignment() == null ? null : terms.alignment().item());
    }

    /** Returns the numbers as a message tells them: {@code loss NaN, of the modalities NaN, 0.31, none}. */
    @Override
    public String toString() {
        String modalities = perModality.stream()
                .map(value -> value == null ? "none" : String.valueOf((float) (double) value))
                .collect(Collectors.joining(", "));
        return "loss " + (float) total + ", of the modalities " + modalities
                + (alignment == null ? "" : ", alignment " + (float) (double) alignment);
    }

    /** Returns the numbers in one row, NaN for none. */
    double[] toRow() {
        int modalities = perModality.size();
        double[] row = new double[3 + 2 * modalities];
        row[0] = total;
        row[1] = velocity;
        row[2] = alignment == null ? Double.NaN : alignment;
        for (int m = 0; m < modalities; m++) {
            Double error = perModality.get(m);
            row[3 + m] = error == null ? Double.NaN : error;
            row[3 + modalities + m] = supervised.get(m);
        }
        return row;
    }

    /** Reads what {@link #toRow} returned. */
    static LossReport ofRow(double[] row) {
        int modalities = (row.length - 3) / 2;
        List<@Nullable Double> perModality = new ArrayList<>();
        List<Integer> supervised = new ArrayList<>();
        for (int m = 0; m < modalities; m++) {
            supervised.add((int) row[3 + modalities + m]);
            perModality.add(supervised.get(m) == 0 ? null : row[3 + m]);
        }
        return new LossReport(row[0], row[1], perModality, supervised, Double.isNaN(row[2]) ? null : row[2]);
    }

    static LossReport mean(List<LossReport> reports) {
        List<@Nullable Double> perModality = new ArrayList<>();
        List<Integer> supervised = new ArrayList<>();
        for (int m = 0; m < reports.getFirst().perModality.size(); m++) {
            int modality = m;
            int samples = reports.stream()
                    .mapToInt(report -> report.supervised.get(modality))
                    .sum();
            double sum =
                    reports.stream().mapToDouble(report -> report.sum(modality)).sum();
            perModality.add(samples == 0 ? null : sum / samples);
            supervised.add(samples);
        }
        Double alignment = null;
        if (reports.getFirst().alignment != null) {
            alignment = 0.0;
            for (LossReport report : reports) {
                alignment += report.alignment == null ? 0 : report.alignment / reports.size();
            }
        }
        return new LossReport(
                reports.stream().mapToDouble(LossReport::total).sum() / reports.size(),
                reports.stream().mapToDouble(LossReport::velocity).sum() / reports.size(),
                perModality,
                supervised,
                alignment);
    }

    /** Returns the sum of a modality's errors over the samples that supervised it. */
    private double sum(int modality) {
        Double error = perModality.get(modality);
        return error == null ? 0 : error * supervised.get(modality);
    }

    boolean isFinite() {
        return Double.isFinite(total);
    }
}
