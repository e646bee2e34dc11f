package dev.mmgen.shapes.evaluation;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.DirectSampler;
import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.TimeGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A sampler, the number of its steps and their times.
 *
 * @param sampler the sampler
 * @param steps   inference steps, at least 1
 * @param shift   how far the sampler's times are moved towards noise, see {@link TimeGrid#shifted}
 */
public record SamplingWay(Sampler sampler, int steps, double shift) {

    private static final int[] STEPS = {1, 2, 5, 10, 20, 50};

    private static final Pattern TEXT =
            Pattern.compile("(?<sampler>[^=@]+)=(?<steps>[1-9][0-9]{0,4})(@(?<shift>[0-9]{1,3}([.][0-9]{1,4})?))?");

    /**
     * Checks the shift.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public SamplingWay {
        TimeGrid.requireShift(shift);
    }

    /** A way at the times that suit the sampler. */
    public SamplingWay(Sampler sampler, int steps) {
        this(sampler, steps, 1);
    }

    /** Returns the way that a model takes where nothing else is asked. */
    public static SamplingWay of(SamplingDefaults model) {
        return new SamplingWay(model.method(), model.steps(), model.shift());
    }

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
     * Parses the name of a sampler, its steps and a shift.
     *
     * @param text for example {@code heun=10} or {@code dpm-solver-sde=8@2.2}; the names are those of {@link Sampler#named}
     * @throws IllegalArgumentException if the text has another form or names no sampler
     */
    public static SamplingWay parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a sampler with its steps, such as heun=10, or with a shift too, such as heun=10@2.5");
        }
        String shift = parts.group("shift");
        return new SamplingWay(
                Sampler.named(parts.group("sampler")),
                Integer.parseInt(parts.group("steps")),
                shift == null ? 1 : Double.parseDouble(shift));
    }

    /** Returns the same sampler and shift in another number of steps. */
    public SamplingWay withSteps(int other) {
        return new SamplingWay(sampler, other, shift);
    }

    /** Sets this way in a request, and returns the request. */
    ImageRequestBuilder addTo(ImageRequestBuilder request) {
        return request.sampler(sampler).steps(steps).shift(shift);
    }

    /** Sets this way in a request for latents, and returns the request. */
    SamplingRequest.Builder addTo(SamplingRequest.Builder request) {
        return request.sampler(sampler).steps(steps).shift(shift);
    }

    /**
     * Returns the number of evaluations of the model by one of the library's samplers with nothing given: one more wherever the class
     * guides.
     */
    public int evaluations(Guidance guidance) {
        int all = sampler.evaluations(steps);
        TimeGrid grid = sampler.grid(steps).shifted(shift);
        // At the beginning of each step, and where there are more, as in Heun's method, at the end of all but the last.
        long guided = IntStream.concat(IntStream.range(0, steps), IntStream.rangeClosed(1, all - steps))
                .filter(place -> guidance.appliesAt(grid.time(place)))
                .count();
        return all + Math.toIntExact(guided);
    }

    /** Returns the method's name, and the shift of its times. */
    public String method() {
        return shift == 1 ? name() : name() + ", shift " + shift;
    }

    private String name() {
        return switch (sampler) {
            case Euler _ -> "Euler";
            case Heun _ -> "Heun";
            case AdamsBashforth _ -> "Adams–Bashforth";
            case EulerMaruyama _ -> "SDE, Euler–Maruyama";
            case DpmSolver solver when solver.order() == 1 -> "ancestral";
            case DpmSolver solver -> solver.noise() == 0 ? "DPM-Solver++" : "SDE, DPM-Solver++";
            case DirectSampler _ -> "direct";
            default -> sampler.getClass().getSimpleName();
        };
    }

    /** Returns method and steps. */
    @Override
    public String toString() {
        return name() + " " + steps + (shift == 1 ? "" : ", shift " + shift);
    }
}
