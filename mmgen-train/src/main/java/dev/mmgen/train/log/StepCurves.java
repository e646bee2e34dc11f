package dev.mmgen.train.log;

import dev.mmgen.train.StepReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The TensorBoard curves of training steps: losses, gradient norm, learning rate, and seconds per part of a step. */
public record StepCurves(EventFile events, List<String> modalities) implements Consumer<StepReport> {

    @Override
    public void accept(StepReport report) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss/total", report.loss().total());
        values.put("loss/velocity", report.loss().velocity());
        for (int m = 0; m < modalities.size(); m++) {
            Double error = report.loss().perModality().get(m);
            if (error != null) {
                values.put("loss/" + modalities.get(m), error);
            }
        }
        Double alignment = report.loss().alignment();
        if (alignment != null) {
            values.put("loss/alignment", alignment);
        }
        values.put("gradient_norm", report.gradientNorm());
        values.put("learning_rate", report.learningRate());
        values.put("seconds/data", report.times().data());
        values.put("seconds/step", report.times().total());
        events.scalars(report.step(), values);
    }
}
