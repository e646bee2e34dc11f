package dev.mmgen.train.metric;

/**
 * The line that brings predictions to the truth's scale: {@code aligned = scale · predicted + shift}.
 *
 * @param scale the slope; negative if the prediction runs against the truth
 * @param shift the offset, in the truth's unit
 */
public record DepthAlignment(double scale, double shift) {

    /**
     * Returns the scale and shift that minimise {@code Σ (scale · predicted + shift − target)²}. A constant prediction
     * fits any slope: it gets scale 0 and the target's mean as shift.
     *
     * @param predicted at least one finite number
     * @param target    as many finite numbers
     * @throws IllegalArgumentException if the lengths differ or are 0
     */
    public static DepthAlignment leastSquares(double[] predicted, double[] target) {
        if (predicted.length != target.length || predicted.length == 0) {
            throw new IllegalArgumentException(
                    "a line through " + predicted.length + " predictions and " + target.length + " targets");
        }
        double predictedMean = mean(predicted);
        double targetMean = mean(target);
        double variance = 0;
        double covariance = 0;
        boolean constant = true;
        for (int i = 0; i < predicted.length; i++) {
            double centred = predicted[i] - predictedMean;
            variance += centred * centred;
            covariance += centred * (target[i] - targetMean);
            constant &= predicted[i] == predicted[0];
        }
        double scale = constant ? 0 : covariance / variance;
        return new DepthAlignment(scale, targetMean - scale * predictedMean);
    }

    /** Taken around the first number, so that a large common offset costs no digits. */
    private static double mean(double[] numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number - numbers[0];
        }
        return numbers[0] + sum / numbers.length;
    }

    double apply(double predicted) {
        return scale * predicted + shift;
    }
}
