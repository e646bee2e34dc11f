package dev.mmgen.sampling;

import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A batch of samples to draw, made by {@link #of} or {@link #withoutClass}. Immutable, as long as its tensors are.
 *
 * @param labels     class id per sample, or {@link #NO_CLASS}; the number of labels is the number of samples
 * @param height     of the latents; 0: the model's own
 * @param width      likewise
 * @param conditions latents of whole modalities that the others will fit, by modality: {@code [N, C, h, w]}, or one for all
 *     samples, {@code [1, C, h, w]}; normalised as the model's latents are
 * @param inpainting modalities that are drawn in a region only
 * @param start      latents to begin from instead of noise alone: {@code [N, M * C, h, w]} or one for all samples, mixed with
 *     noise as the path has them at the grid's first time; null for none
 * @param blank      modalities that the model sees as zeros at every time, since it {@linkplain
 *     dev.mmgen.io.ModelConfig#optional can do without} them and nobody wants them; what is returned of them is zero too
 * @param guidance   classifier-free guidance
 * @param sampler    the numerical method
 * @param grid       the times to visit
 * @param holdTime   the time at which conditions are mixed with noise and held, from 0 to 1
 * @param noise      opens the source of noise for one run, which closes it
 * @param listener   hears of every step
 */
public record SamplingRequest(
        List<Integer> labels,
        int height,
        int width,
        Map<Integer, Tensor> conditions,
        Map<Integer, Inpainting> inpainting,
        @Nullable Tensor start,
        Set<Integer> blank,
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

    /** The longest side of latents: at factor 8 a picture of eight million pixels a side, beyond any memory. */
    private static final int MAX_SIDE = 1 << 20;

    /**
     * A modality that is kept except for a region.
     *
     * @param latent {@code [N, C, h, w]}, or one for all samples, {@code [1, C, h, w]}; normalised as the model's latents are
     * @param region {@code [h, w]}: 1 where to draw anew, 0 where to keep
     */
    public record Inpainting(Tensor latent, Tensor region) {
        /** Refuses null by name. */
        public Inpainting {
            Objects.requireNonNull(latent, "latent");
            Objects.requireNonNull(region, "region");
        }
    }

    /**
     * Checks what can be checked without a model; {@link LatentSampler#sample} checks the rest.
     *
     * @throws IllegalArgumentException naming the setting that is out of range
     */
    public SamplingRequest {
        Objects.requireNonNull(guidance, "guidance");
        Objects.requireNonNull(sampler, "sampler");
        Objects.requireNonNull(grid, "grid");
        Objects.requireNonNull(noise, "noise");
        Objects.requireNonNull(listener, "listener");
        labels = List.copyOf(labels);
        conditions = Map.copyOf(conditions);
        inpainting = Map.copyOf(inpainting);
        blank = Set.copyOf(blank);
        for (int modality : blank) {
            if (conditions.containsKey(modality) || inpainting.containsKey(modality)) {
                throw new IllegalArgumentException(
                        "modality " + modality + " is given and left blank in one sampling request; choose one");
            }
        }
        for (int modality : conditions.keySet()) {
            if (inpainting.containsKey(modality)) {
                throw new IllegalArgumentException(
                        "modality " + modality + " is a condition and inpainted in one sampling request; choose one");
            }
        }
        if (labels.isEmpty()) {
            throw new IllegalArgumentException(
                    "a sampling request without labels draws nothing; give one label per sample");
        }
        if (!(holdTime >= 0 && holdTime <= 1)) {
            throw new IllegalArgumentException("hold time is " + holdTime + "; it must be from 0 to 1");
        }
        if (height < 0 || width < 0 || height > MAX_SIDE || width > MAX_SIDE) {
            throw new IllegalArgumentException("the latents' size is " + height + " x " + width
                    + "; both must be from 1 to " + MAX_SIDE + ", or 0 for the model's own size");
        }
    }

    /** Returns the number of samples, N. */
    public int samples() {
        return labels.size();
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

    /** A request in the making. */
    public static final class Builder {

        private final List<Integer> labels;
        private final Map<Integer, Tensor> conditions = new TreeMap<>();
        private final Map<Integer, Inpainting> inpainting = new TreeMap<>();
        private @Nullable Tensor start;
        private double strength = 1;
        private Set<Integer> blank = Set.of();
        private int height;
        private int width;
        private Guidance guidance = Guidance.NONE;
        private Sampler sampler = new EulerMaruyama();
        private int steps = DEFAULT_STEPS;
        private double shift = 1;
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
            return put(conditions, modality, latent);
        }

        /** Draws a region of a modality anew and keeps the rest: {@code region} is {@code [h, w]}, 1 where to draw. */
        public Builder inpaint(int modality, Tensor latent, Tensor region) {
            return put(inpainting, modality, new Inpainting(latent, region));
        }

        /** Leaves modalities blank that the model can do without. */
        public Builder blank(Set<Integer> modalities) {
            blank = Objects.requireNonNull(modalities, "blank");
            return this;
        }

        private <T> Builder put(Map<Integer, T> modalities, int modality, T value) {
            Objects.requireNonNull(value, "the latents of modality " + modality);
            if (modalities.putIfAbsent(modality, value) != null) {
                throw new IllegalArgumentException("modality " + modality + " was given twice in one sampling request");
            }
            return this;
        }

        /**
         * Begins from latents instead of noise alone (SDEdit, Meng et al., arXiv 2108.01073): at a time of the path, where they
         * are mixed with noise; the steps before that time are left out.
         *
         * @param latents  {@code [N, M * C, h, w]}, or one for all samples, {@code [1, M * C, h, w]}; normalised as the model's
         *     latents are. Conditions and what inpainting keeps take their own places in them
         * @param strength the time to begin at: at 1 the latents are not seen, towards 0 they hardly change
         * @throws IllegalArgumentException if the strength is not above 0 and at most 1
         */
        public Builder start(Tensor latents, double strength) {
            if (!(strength > 0 && strength <= 1)) {
                throw new IllegalArgumentException("strength is " + strength
                        + "; it must be above 0 (keep the start) and at most 1 (noise alone)");
            }
            this.start = Objects.requireNonNull(latents, "the latents to start from");
            this.strength = strength;
            return this;
        }

        /** Sets classifier-free guidance; none by default. */
        public Builder guidance(Guidance newGuidance) {
            guidance = Objects.requireNonNull(newGuidance, "guidance");
            return this;
        }

        /** Sets the numerical method; {@link EulerMaruyama} by default. */
        public Builder sampler(Sampler newSampler) {
            sampler = Objects.requireNonNull(newSampler, "sampler");
            return this;
        }

        /** Sets the number of steps, at the times that suit the method; {@value #DEFAULT_STEPS} by default. */
        public Builder steps(int newSteps) {
            if (newSteps < 1 || newSteps > TimeGrid.MAX_STEPS) {
                throw new IllegalArgumentException(
                        "steps is " + newSteps + "; it must be from 1 to " + TimeGrid.MAX_STEPS);
            }
            steps = newSteps;
            grid = null;
            return this;
        }

        /**
         * Sets how far the method's own times are moved towards noise, see {@link TimeGrid#shifted}; 1, not at all, by default.
         *
         * @throws IllegalArgumentException if it is not from 0.01 to 100
         */
        public Builder shift(double newShift) {
            TimeGrid.requireShift(newShift);
            shift = newShift;
            return this;
        }

        /** Sets the times to visit, in place of the method's own. */
        public Builder grid(TimeGrid newGrid) {
            grid = newGrid;
            return this;
        }

        /** Sets the time at which conditions are held, from 0 to 1; 0.005 by default. */
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
            noise = Objects.requireNonNull(newNoise, "noise");
            return this;
        }

        /** Sets the listener that hears of every step, and may cancel. */
        public Builder onStep(Consumer<? super SamplingStep> newListener) {
            listener = Objects.requireNonNull(newListener, "listener");
            return this;
        }

        /**
         * Returns the request.
         *
         * @throws IllegalArgumentException naming the setting that is out of range
         */
        public SamplingRequest build() {
            TimeGrid times = grid != null
                    ? grid
                    : new PartCheck("sampler", Sampler.class, sampler)
                            .value("grid", () -> sampler.grid(steps))
                            .shifted(shift);
            return new SamplingRequest(
                    labels,
                    height,
                    width,
                    conditions,
                    inpainting,
                    start,
                    blank,
                    guidance,
                    sampler,
                    start == null ? times : times.from(strength),
                    holdTime,
                    noise,
                    listener);
        }
    }
}
