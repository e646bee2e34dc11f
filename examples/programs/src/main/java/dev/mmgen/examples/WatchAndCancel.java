package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.sampling.SamplingCancelledException;
import java.util.Locale;

/** A run that is followed step by step and cancelled half way, as a user interface would do it: {@code WatchAndCancel [MODEL]}. */
public final class WatchAndCancel {

    private WatchAndCancel() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            mmgen.generate()
                    .category(1)
                    .steps(100)
                    .onStep(step -> {
                        System.out.printf(
                                Locale.ROOT, "step %d of %d, time %.2f%n", step.index(), step.total(), step.time());
                        if (step.index() == 50) {
                            step.cancel();
                        }
                    })
                    .run();
        } catch (SamplingCancelledException e) {
            System.out.println("cancelled; nothing is left behind");
        }
    }
}
