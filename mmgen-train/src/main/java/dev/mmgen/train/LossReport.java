package dev.mmgen.train;

import dev.mmgen.train.loss.LossParts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a step as numbers; those of a batch in parts are the means over the parts.
 *
 * @param total       what was minimised
 * @param velocity    the weighted sum over modalities
 * @param perModality the mean squared velocity error of each modality
 * @param alignment   minus the mean cosine similarity; null in a step without alignment
 */
public record LossReport(double total, double velocity, List<Double> perModality, @Nullable Double alignment) {

    /** Copies the list. */
    public LossReport {
        perModality = List.copyOf(perModality);
    }

    static LossReport of(LossParts parts) {
        List<Double> perModality = new ArrayList<>();
        for (double error : parts.perModality().toDoubles()) {
            perModality.add(error);
        }
        return new LossReport(
                parts.total().item(),
                parts.velocity().item(),
                perModality,
                parts.alignment() == null ? null : parts.alignment().item());
    }

    static LossReport mean(List<LossReport> reports) {
        List<Double> perModality = new ArrayList<>();
        for (int m = 0; m < reports.getFirst().perModality.size(); m++) {
            int modality = m;
            perModality.add(reports.stream().mapToDouble(report -> report.perModality.get(modality)).sum()
                    / reports.size());
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
                alignment);
    }

    boolean isFinite() {
        return Double.isFinite(total);
    }
}
