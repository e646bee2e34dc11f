package dev.mmgen;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.TimeGrid;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The method of a request in the making. It begins with the defaults of a request that sets none, which may be a student's; whatever is
 * set leaves the student, and the rest is then the model's own.
 */
final class MethodChoice {

    private final SamplingDefaults own;
    private boolean chosen;
    private Sampler sampler;
    private boolean samplerChosen;
    private int steps;
    private boolean stepsChosen;
    private double shift;
    private @Nullable TimeGrid grid;
    private Guidance guidance;

    /**
     * Begins with defaults.
     *
     * @param defaults of a request that sets nothing of its method
     * @param own      what is left open in one that does
     */
    MethodChoice(SamplingDefaults defaults, SamplingDefaults own) {
        this.own = own;
        this.sampler = defaults.method();
        this.steps = defaults.steps();
        this.shift = defaults.shift();
        this.guidance = defaults.guidance();
    }

    /** Leaves a student, if there is one: it draws in its own way alone, from noise to whole images. */
    void leaveStudent() {
        if (!chosen) {
            chosen = true;
            sampler = own.method();
            steps = own.steps();
            shift = own.shift();
            guidance = own.guidance();
        }
    }

    void sampler(Sampler newSampler) {
        leaveStudent();
        sampler = newSampler;
        samplerChosen = true;
    }

    void steps(int newSteps) {
        leaveStudent();
        steps = newSteps;
        stepsChosen = true;
        grid = null;
    }

    void shift(double newShift) {
        leaveStudent();
        shift = newShift;
    }

    void grid(TimeGrid newGrid) {
        leaveStudent();
        grid = newGrid;
    }

    void guidance(UnaryOperator<Guidance> change) {
        leaveStudent();
        guidance = Objects.requireNonNull(change.apply(guidance), "guidance");
    }

    /**
     * Checks that the model was taught what this asks of it: asked without noise, one that never saw that would answer with a blur; guided
     * twice, it would exaggerate; told one time for all, it cannot see conditions as noisy as the rest.
     *
     * @param guided whether a weaker model guides
     * @throws IllegalArgumentException naming what it was not taught
     */
    void requireTaught(ModelConfig model, boolean guided) {
        model.requireUntaught(guided ? guidance.withScale(1) : guidance);
        if (guidance.conditionScale() != 1 && model.transformer().timeEmbedding() == TimeEmbedding.SHARED) {
            throw new IllegalArgumentException(
                    "condition guidance is " + guidance.conditionScale()
                            + ", but it needs a model that is told times per modality, and this one has one time for all; leave it at 1");
        }
        if (sampler.readsWithoutNoise() && !model.readsDirectly()) {
            throw new IllegalArgumentException(
                    "the sampler direct needs a model that was taught to read without noise"
                            + " ('mmgen distill reading') and whose settings say so ('mmgen convert --reading-sampler direct')");
        }
    }

    /**
     * Returns the method. A model that reads without noise does so from the photo alone: by default more takes two steps with noise, as
     * readings that differ do.
     */
    ImageRequest.Method method(boolean photoAlone, int ensemble, double holdTime) {
        boolean direct = sampler.readsWithoutNoise();
        boolean other = direct && !samplerChosen && !photoAlone;
        boolean noisy = other || direct && ensemble > 1;
        return new ImageRequest.Method(
                other ? new Euler() : sampler,
                noisy && !stepsChosen ? Math.max(2, steps) : steps,
                shift,
                grid,
                holdTime,
                guidance);
    }
}
