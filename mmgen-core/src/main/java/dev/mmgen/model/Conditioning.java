package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The adaLN modulations of all layers of a transformer, which follow from time, class and task.
 *
 * <p>They do not depend on the latents. A sampler that uses the same times again, for another batch or for the second
 * half of a Heun step, computes them once. The tensors belong to the scope in which they were made, unless taken out of
 * it.
 */
public final class Conditioning implements AutoCloseable {

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

    /** Checks that these are modulations of such a model, for so many samples. */
    void requireFit(TransformerConfig model, long samples) {
        int finals = model.jointHeads() ? model.modalities() : 1;
        if (blocks.size() != model.depth() || finalLayers.size() != finals) {
            throw new IllegalArgumentException("modulations of " + blocks.size() + " blocks and " + finalLayers.size()
                    + " final layers for a model of " + model.depth() + " and " + finals);
        }
        if (rows != 1 && rows != samples) {
            throw new IllegalArgumentException(
                    "modulations of " + rows + " samples for " + samples + " latents; select() rows for them");
        }
    }

    /** Returns the number of samples this was made for; 1 serves any number. */
    public long rows() {
        return rows;
    }

    /**
     * Returns the modulations of some rows.
     *
     * @param indices a row per sample; where all are the same, the result has that one row, which the model applies
     *                faster. Of modulations of one row any index means that row
     */
    public Conditioning select(long... indices) {
        for (long index : indices) {
            if (index < 0 || index >= rows && rows != 1) {
                throw new IllegalArgumentException("row " + index + " of modulations of " + rows + " samples");
            }
        }
        if (indices.length == 0) {
            throw new IllegalArgumentException("modulations of no rows; name one for each sample");
        }
        if (isWhole(indices)) {
            return this;
        }
        boolean allSame = Arrays.stream(indices).allMatch(index -> index == indices[0]);
        long[] wanted = allSame ? new long[] {indices[0]} : indices;
        Tensor onDevice = Torch.tensor(wanted).to(finalLayers.getFirst().device());
        return new Conditioning(
                blocks.stream().map(layer -> layer.select(onDevice)).toList(),
                finalLayers.stream().map(layer -> layer.select(onDevice)).toList(),
                wanted.length);
    }

    private boolean isWhole(long[] indices) {
        return rows == 1 || Arrays.equals(indices, LongStream.range(0, rows).toArray());
    }

    /**
     * Takes the tensors out of all scopes: the holder closes this.
     *
     * @return this
     */
    public Conditioning unscoped() {
        layers().forEach(AdaLn::unscoped);
        return this;
    }

    /** Keeps the tensors past a scope's end. */
    Conditioning keepFrom(TensorScope scope) {
        layers().forEach(layer -> layer.keepFrom(scope));
        return this;
    }

    /** Returns the size of the tensors. */
    public long bytes() {
        return layers().mapToLong(AdaLn::bytes).sum();
    }

    private Stream<AdaLn> layers() {
        return Stream.concat(blocks.stream(), finalLayers.stream());
    }

    /** Frees the tensors. Closing twice has no effect. */
    @Override
    public void close() {
        layers().forEach(AdaLn::close);
    }
}
