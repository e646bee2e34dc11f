package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The error of images encoded to the means of their posteriors and decoded again: a bound for every model of the latents.
 *
 * @param psnr   peak signal-to-noise ratio by modality, in dB: of the squared error over all images, values cut to [-1, 1]
 * @param images number of images of each modality
 */
public record ReconstructionReport(Map<String, Double> psnr, int images) {

    private static final int BATCH = 32;

    /** Values reach from -1 to 1. */
    private static final double PEAK = 2;

    /** Copies the map. */
    public ReconstructionReport {
        psnr = Collections.unmodifiableMap(new LinkedHashMap<>(psnr));
    }

    /**
     * Measures an autoencoder.
     *
     * @throws dev.mmgen.train.data.DataException if an image cannot be read
     */
    public static ReconstructionReport measure(Autoencoder autoencoder, IndexedImages images) {
        List<String> names = images.modalities();
        double[] sums = new double[names.size()];
        for (int begin = 0; begin < images.size(); begin += BATCH) {
            int[] places = IntStream.range(begin, Math.min(begin + BATCH, images.size()))
                    .toArray();
            double[] errors = squaredErrors(autoencoder, images.batch(images.read(places)));
            for (int i = 0; i < places.length; i++) {
                sums[places[i] % sums.length] += errors[i];
            }
        }
        int samples = images.size() / names.size();
        Map<String, Double> psnr = new LinkedHashMap<>();
        for (int m = 0; m < sums.length; m++) {
            psnr.put(names.get(m), psnr(sums[m] / samples));
        }
        return new ReconstructionReport(psnr, samples);
    }

    private static double[] squaredErrors(Autoencoder autoencoder, ImageBatch batch) {
        try (TensorScope _ = TensorScope.open();
                Tensor images = batch.images();
                GradMode _ = Torch.noGrad();
                Posterior posterior = autoencoder.encode(images)) {
            Tensor error = autoencoder.decode(posterior.mean()).clamp(-1, 1).sub(images.to(autoencoder.device()));
            return error.mul(error).mean(1, 2, 3).toDoubles();
        }
    }

    /** Returns the ratio in dB for a mean squared error of values from -1 to 1. */
    static double psnr(double squaredError) {
        return 10 * Math.log10(PEAK * PEAK / squaredError);
    }

    /** Returns a line such as {@code rgb 27.1 dB, depth 33.0 dB (600 images each)}. */
    @Override
    public String toString() {
        return psnr.entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.2f dB", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", ", "", " (" + images + " images each)"));
    }
}
