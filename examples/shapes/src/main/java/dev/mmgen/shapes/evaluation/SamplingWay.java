package dev.mmgen.shapes.evaluation;

import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.DirectSampler;
import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.Sampler;
import java.util.ArrayList;
import java.util.List;

/**
 * A sampler and the number of its steps.
 *
 * @param sampler the sampler
 * @param steps   inference steps, at least 1
 */
public record SamplingWay(Sampler sampler, int steps) {

    private static final int[] STEPS = {1, 2, 5, 10, 20, 50};

    /** Returns the reference's stochastic sampler with 250 steps, then every other method with 1 to 50. */
    public static List<SamplingWay> all() {
        List<SamplingWay> ways = new ArrayList<>();
        ways.add(new SamplingWay(new EulerMaruyama(), 250));
        for (Sampler sampler : List.of(new Euler(), new Heun(), new AdamsBashforth(), DpmSolver.ODE, DpmSolver.SDE)) {
            for (int steps : STEPS) {
                ways.add(new SamplingWay(sampler, steps));
            }
        }
        return List.copyOf(ways);
    }

    /**
     * Parses the name of a sampler and its steps.
     *
     * @param text for example {@code heun=10}; the names are those of {@link Sampler#named}
     * @throws IllegalArgumentException if the text has another form or names no sampler
     */
    public static SamplingWay parse(String text) {
        int equals = text.indexOf('=');
        String steps = text.substring(equals + 1);
        if (equals < 0 || !steps.matches("[1-9][0-9]{0,4}")) {
            throw new IllegalArgumentException("'" + text + "' is not a sampler with its steps, such as heun=10");
        }
        return new SamplingWay(Sampler.named(text.substring(0, equals)), Integer.parseInt(steps));
    }

    /** Returns the number of evaluations of the model. */
    public int evaluations() {
        return sampler.evaluations(steps);
    }

    /** Returns the method's name. */
    public String method() {
        return switch (sampler) {
            case Euler _ -> "Euler";
            case Heun _ -> "Heun";
            case AdamsBashforth _ -> "Adams–Bashforth";
            case EulerMaruyama _ -> "SDE, Euler–Maruyama";
            case DpmSolver solver -> solver.noise() == 0 ? "DPM-Solver++" : "SDE, DPM-Solver++";
            case DirectSampler _ -> "direct";
            default -> sampler.getClass().getSimpleName();
        };
    }

    /** Returns method and steps. */
    @Override
    public String toString() {
        return method() + " " + steps;
    }
}
