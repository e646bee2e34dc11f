package dev.mmgen.bench;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Passes that take turns with ONNX Runtime's in one process, so that whatever else the machine does hits all of them.
 *
 * <p>A turn is one pass without a clock, which finds the caches and sleeping threads that the others left, and then
 * {@value #PASSES} with one, of which the median counts. The ratio is the median over the turns of the time divided by ONNX
 * Runtime's in the same turn.
 */
final class Contest {

    private static final int PASSES = 3;
    private static final int WARM_UP_TURNS = 2;

    /** One pass, whose result is dropped. */
    interface Pass {
        void run() throws OrtException;
    }

    /** A pass that takes part, with the time of each of its turns in milliseconds. */
    private record Contestant(String name, Pass pass, double[] millis) {}

    /**
     * The times of one contestant in milliseconds.
     *
     * @param quarter       a quarter of the turns were faster
     * @param threeQuarters a quarter of the turns were slower
     * @param ratio         to ONNX Runtime's time, below 1 where that is slower
     */
    record Timing(String name, double median, double quarter, double threeQuarters, double fastest, double ratio) {}

    private final int turns;
    private final List<Contestant> contestants = new ArrayList<>();

    Contest(OnnxPeer peer, int turns) {
        this.turns = turns;
        with("ONNX Runtime fp32", peer::run);
    }

    /** Adds a contestant. */
    Contest with(String name, Pass pass) {
        contestants.add(new Contestant(name, pass, new double[turns]));
        return this;
    }

    /** Runs all turns; ONNX Runtime's timing is the first. */
    List<Timing> run() throws OrtException {
        for (int turn = -WARM_UP_TURNS; turn < turns; turn++) {
            for (Contestant contestant : contestants) {
                double millis = turn(contestant.pass());
                if (turn >= 0) {
                    contestant.millis()[turn] = millis;
                }
            }
        }
        return contestants.stream().map(this::timing).toList();
    }

    private static double turn(Pass pass) throws OrtException {
        pass.run();
        double[] millis = new double[PASSES];
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            pass.run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        return Times.of(millis).median();
    }

    private Timing timing(Contestant contestant) {
        double[] millis = contestant.millis();
        double[] peer = contestants.getFirst().millis();
        double[] ratios = new double[turns];
        Arrays.setAll(ratios, turn -> millis[turn] / peer[turn]);
        Times times = Times.of(millis);
        return new Timing(
                contestant.name(),
                times.median(),
                times.quantile(0.25),
                times.quantile(0.75),
                times.fastest(),
                Times.of(ratios).median());
    }

    static void print(List<Timing> timings) {
        for (Timing timing : timings) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-18s median %7.1f ms (quartiles %.1f to %.1f), fastest %7.1f ms, ratio %.2f%n",
                    timing.name(),
                    timing.median(),
                    timing.quarter(),
                    timing.threeQuarters(),
                    timing.fastest(),
                    timing.ratio());
        }
    }
}
