package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/**
 * The check that all ranks make the same call, before they make it: a number stands for the call, and its largest and its smallest value
 * are equal where all agree. It costs 16 bytes each way.
 */
final class Agreement {

    private final ProcessGroup group;
    private final Carrier carrier;
    private long calls;

    /**
     * Begins with the first call.
     *
     * @param carrier in main memory
     */
    Agreement(ProcessGroup group, Carrier carrier) {
        this.group = group;
        this.carrier = carrier;
    }

    /**
     * Compares a call with those of the other ranks.
     *
     * @throws ProcessGroupException in all ranks, with all calls, where they differ
     */
    void require(String what) {
        long number = number(++calls + " " + what);
        try (TensorScope _ = TensorScope.open()) {
            Tensor bounds = Torch.tensor(new long[] {number, -number}, 2);
            group.run(what, () -> carrier.allReduce(bounds, true));
            long[] extremes = bounds.toLongs();
            if (extremes[0] != -extremes[1]) {
                throw group.differing(new TextGathering(group, carrier).gather(what, what));
            }
        }
    }

    private static long number(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash >>> 2;
    }
}
