package dev.mmgen.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The times that a run visits, from noise (1) towards data (0). A grid of n + 1 times has n inference steps.
 *
 * @param times strictly decreasing, from 0 to 1, at least two
 */
public record TimeGrid(List<Double> times) {

    /** The most steps that a grid is made of by number: 400 times the released models' own. */
    public static final int MAX_STEPS = 100_000;

    /** The largest shift; its inverse is the smallest. */
    public static final double MAX_SHIFT = 100;

    private static final double LAST_NOISY_TIME = 0.04;

    /**
     * Checks the times.
     *
     * @throws IllegalArgumentException naming the time that is out of place
     */
    public TimeGrid {
        times = List.copyOf(times);
        if (times.size() < 2) {
            throw new IllegalArgumentException("a time grid needs two times at least, not " + times.size());
        }
        for (int i = 0; i < times.size(); i++) {
            double time = times.get(i);
            if (!(time >= 0 && time <= 1)) {
                throw new IllegalArgumentException("time " + i + " of the grid is " + time + "; times are from 0 to 1");
            }
            if (i > 0 && time >= times.get(i - 1)) {
                throw new IllegalArgumentException("time " + i + " of the grid is " + time + ", after "
                        + times.get(i - 1) + "; times must decrease");
            }
        }
    }

    /** Returns a grid of these times. */
    public static TimeGrid of(double... times) {
        return new TimeGrid(Arrays.stream(times).boxed().toList());
    }

    /**
     * Returns equal steps from 1 to 0, as the reference's ODE samplers take them.
     *
     * @param steps from 1 to {@value #MAX_STEPS}
     */
    public static TimeGrid uniform(int steps) {
        requireSteps(steps);
        return new TimeGrid(linspace(1, 0, steps + 1));
    }

    /**
     * Returns the reference's times for the SDE: {@code steps} equally spaced times from 1 to 0.04, then 0, where the
     * last step adds no noise.
     *
     * @param steps from 1 to {@value #MAX_STEPS}
     */
    public static TimeGrid stochastic(int steps) {
        requireSteps(steps);
        List<Double> times = linspace(1, LAST_NOISY_TIME, steps);
        times.add(0.0);
        return new TimeGrid(times);
    }

    private static void requireSteps(int steps) {
        if (steps < 1 || steps > MAX_STEPS) {
            throw new IllegalArgumentException(
                    "the number of sampling steps is " + steps + "; it must be at least 1 and at most " + MAX_STEPS);
        }
    }

    /**
     * As {@code torch.linspace} computes each number in float64: from both ends to the middle. (PyTorch's vector code
     * may differ in the last bit, and from processor to processor.)
     */
    private static List<Double> linspace(double start, double end, int count) {
        List<Double> values = new ArrayList<>();
        if (count == 1) {
            values.add(start);
            return values;
        }
        double step = (end - start) / (count - 1);
        for (int i = 0; i < count; i++) {
            values.add(i < count / 2 ? start + step * i : end - step * (count - i - 1));
        }
        return values;
    }

    /**
     * Returns the rest of this grid from a time on: that time, then those of this grid that come after it.
     *
     * @param start above the last time; a time before the first one changes nothing
     * @throws IllegalArgumentException if no step would be left
     */
    public TimeGrid from(double start) {
        if (start >= times.getFirst()) {
            return this;
        }
        if (!(start > times.getLast())) {
            throw new IllegalArgumentException("a run from time " + start + " has no step, since the grid ends at "
                    + times.getLast() + "; begin at a larger time");
        }
        List<Double> rest = new ArrayList<>(List.of(start));
        times.stream().filter(time -> time < start).forEach(rest::add);
        return new TimeGrid(rest);
    }

    /**
     * Returns this grid with its times moved towards noise, {@code s t / (1 + (s - 1) t)}, where the outlines of a picture are decided
     * (Esser et al., 2024, equation 23). Few steps gain by it: the model in the box draws in 8 steps with a shift of 2.2
     * what it draws in 20 equal ones.
     *
     * @param shift 1 leaves the grid as it is, 2 to 4 are usual for 4 to 10 steps, less than 1 moves the times towards data; from 0.01
     *     to 100
     * @throws IllegalArgumentException if it is out of range
     */
    public TimeGrid shifted(double shift) {
        requireShift(shift);
        return shift == 1
                ? this
                : new TimeGrid(times.stream()
                        .map(time -> shift * time / (1 + (shift - 1) * time))
                        .toList());
    }

    /**
     * Checks a shift.
     *
     * @throws IllegalArgumentException if it is not from 0.01 to 100
     */
    public static void requireShift(double shift) {
        if (!(shift >= 1 / MAX_SHIFT && shift <= MAX_SHIFT)) {
            throw new IllegalArgumentException("setting 'shift' is " + shift
                    + "; it must be from 0.01 to 100, and 1 leaves the times as they are");
        }
    }

    /** Returns the number of steps, one less than there are times. */
    public int steps() {
        return times.size() - 1;
    }

    /** Returns the time at which a step starts; {@code time(steps())} is where the run ends. */
    public double time(int index) {
        return times.get(index);
    }

    /** Returns the change of time over a step, a negative number. */
    public double step(int index) {
        return times.get(index + 1) - times.get(index);
    }
}
