package dev.mmgen.model;

import java.util.List;

/**
 * Everything that time, class and task say to the transformer: the adaLN modulations of all its layers.
 *
 * <p>They do not depend on the latents. A sampler that uses the same times again, for another batch or for the second half of
 * a Heun step, computes them once. The tensors belong to the scope in which they were made.
 */
public final class Conditioning {

    private final List<AdaLn> blocks;
    private final List<AdaLn> finalLayers;
    private final long rows;

    Conditioning(List<AdaLn> blocks, List<AdaLn> finalLayers, long rows) {
        this.blocks = List.copyOf(blocks);
        this.finalLayers = List.copyOf(finalLayers);
        this.rows = rows;
    }

    AdaLn block(int index) {
        return blocks.get(index);
    }

    AdaLn finalLayer(int index) {
        return finalLayers.get(index);
    }

    /** Returns for how many samples this was made; 1 serves any number. */
    public long rows() {
        return rows;
    }
}
