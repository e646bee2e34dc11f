package dev.mmgen.train;

import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.weights.StateDict;

/** A comparison of weights and EMA between all ranks, after the first step of a run and every hundredth from there. */
final class WeightComparison {

    /** Steps between two comparisons, which read all weights: 0.1 s for 130 million bytes. */
    private static final long EVERY = 100;

    private final Ranks ranks;
    private long steps;

    WeightComparison(Ranks ranks) {
        this.ranks = ranks;
    }

    /**
     * Compares them where it is time to, at the end of a step.
     *
     * @throws dev.mmgen.torch.distributed.ProcessGroupException that names the rank that differs
     */
    void after(Module model, Ema ema) {
        if (steps++ % EVERY == 0) {
            ranks.requireSame(
                    "the state of the training",
                    () -> checksums(model, ema),
                    "A rank has other software, other data or faulty memory; restart all from the last checkpoint");
        }
    }

    private static String checksums(Module model, Ema ema) {
        try (StateDict now = model.state();
                StateDict average = ema.state()) {
            return "weights " + Long.toHexString(now.checksum()) + ", EMA " + Long.toHexString(average.checksum());
        }
    }
}
