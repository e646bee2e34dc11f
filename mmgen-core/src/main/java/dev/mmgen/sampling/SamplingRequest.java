package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What to draw: one batch of samples.
 *
 * @param labels   class id per sample, or {@link #NO_CLASS}; the number of labels is the number of samples
 * @param height   of the latents; 0: the model's own
 * @param width    likewise
 * @param known    conditions and kept regions, by modality
 * @param guidance how strongly the class is followed
 * @param sampler  the numerical method
 * @param grid     the times to visit
 * @param holdTime the time at which conditions are mixed with noise and held, from 0 to 1
 * @param noise    opens the source of noise for one run, which closes it
 * @param listener hears of every step
 */
public record SamplingRequest(
        List<Integer> labels,
        int height,
        int width,
        Map<Integer, KnownLatent> known,
        Guidance guidance,
        Sampler sampler,
        TimeGrid grid,
        double holdTime,
        Supplier<NoiseSource> noise,
        Consumer<? super SamplingStep> listener) {

    /** The label of a sample without a class. */
    public static final int NO_CLASS = -1;

    /** The hold time of the released models' inference. */
    public static final double DEFAULT_HOLD_TIME = 0.005;

    /** The number of steps of the released models' inference. */
    public static final int DEFAULT_STEPS = 250;

    /**
     * Checks what can be checked without a model; {@link LatentSampler#sample} checks the rest.
     *
     * @throws IllegalArgumentException naming the setting that is out of range
     */
    public SamplingRequest {
        labels = List.copyOf(labels);
        known = Map.copyOf(known);
        if (labels.isEmpty()) {
            throw new IllegalArgumentException(
                    "a sampling request without labels draws nothing; give one label per sample");
        }
        if (!(holdTime >= 0 && holdTime <= 1)) {
            throw new IllegalArgumentException("hold time is " + holdTime + "; it must be from 0 to 1");
        }
        if (height < 0 || width < 0) {
            throw new IllegalArgumentException("latents of " + height + " x " + width + " do not exist");
        }
    }

    /** Starts a request for one sample per label, with the released models' settings. */
    public static Builder of(int... labels) {
        return new Builder(Arrays.stream(labels).boxed().toList());
    }

    /** Starts a request for samples without a class. */
    public static Builder withoutClass(int samples) {
        int[] labels = new int[samples];
        Arrays.fill(labels, NO_CLASS);
        return of(labels);
    }

    /** Collects the settings of a request. */
    public static final class Builder {

        private final List<Integer> labels;
        private final Map<Integer, KnownLatent> known = new TreeMap<>();
        private int height;
        private int width;
        private Guidance guidance = Guidance.NONE;
        private Sampler sampler = new EulerMaruyama();
        private int steps = DEFAULT_STEPS;
        private @Nullable TimeGrid grid;
        private double holdTime = DEFAULT_HOLD_TIME;
        private Supplier<NoiseSource> noise = () -> NoiseSource.perSample(0, 0);
        private Consumer<? super SamplingStep> listener = _ -> {};

        private Builder(List<Integer> labels) {
            this.labels = labels;
        }

        /** Sets the size of the latents, where it is not the model's own. */
        public Builder size(int newHeight, int newWidth) {
            height = newHeight;
            width = newWidth;
            return this;
        }

        /** Gives a whole modality as a condition; any number of modalities can be conditions. */
        public Builder condition(int modality, Tensor latent) {
            return know(modality, new KnownLatent(latent, null));
        }

        /** Keeps a region of a modality: {@code keep} is {@code [h, w]}, 1 to keep, 0 to draw anew (inpainting). */
        public Builder keep(int modality, Tensor latent, Tensor keep) {
            return know(modality, new KnownLatent(latent, keep));
        }

        private Builder know(int modality, KnownLatent latent) {
            if (known.putIfAbsent(modality, latent) != null) {
                throw new IllegalArgumentException("modality " + modality + " was given twice in one sampling request");
            }
            return this;
        }

        /** Sets the guidance. */
        public Builder guidance(Guidance newGuidance) {
            guidance = newGuidance;
            return this;
        }

        /** Sets the numerical method. */
        public Builder sampler(Sampler newSampler) {
            sampler = newSampler;
            return this;
        }

        /** Sets the number of steps, at the times that suit the method. */
        public Builder steps(int newSteps) {
            steps = newSteps;
            grid = null;
            return this;
        }

        /** Sets the times to visit. */
        public Builder grid(TimeGrid newGrid) {
            grid = newGrid;
            return this;
        }

        /** Sets the time at which conditions are held, from 0 to 1. */
        public Builder holdTime(double newHoldTime) {
            holdTime = newHoldTime;
            return this;
        }

        /** Draws every sample's noise from the seed and its index, counted from {@code firstIndex} in this batch. */
        public Builder seed(long seed, long firstIndex) {
            return noise(() -> NoiseSource.perSample(seed, firstIndex));
        }

        /** Sets where noise comes from. The run closes the source it opens. */
        public Builder noise(Supplier<NoiseSource> newNoise) {
            noise = newNoise;
            return this;
        }

        /** Sets who hears of every step, and may cancel. */
        public Builder onStep(Consumer<? super SamplingStep> newListener) {
            listener = newListener;
            return this;
        }

        /**
         * Returns the request.
         *
         * @throws IllegalArgumentException naming the setting that is out of range
         */
        public SamplingRequest build() {
            TimeGrid times = grid == null ? sampler.grid(steps) : grid;
            return new SamplingRequest(
                    labels, height, width, known, guidance, sampler, times, holdTime, noise, listener);
        }
    }
}
