package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;

/** The noise of a batch whose samples belong to different seeds: each share draws for its own samples. */
record JoinedNoise(List<Share> shares) implements NoiseSource {

    @Override
    public Tensor normal(DType dtype, Shape shape) {
        int samples = shares.stream().mapToInt(Share::samples).sum();
        if (shape.size(0) != samples) {
            throw new IllegalArgumentException(
                    "noise of shape " + shape + " from sources of " + samples + " samples in all");
        }
        return TensorScope.keeping(() -> {
            List<Tensor> draws = new ArrayList<>();
            for (Share share : shares) {
                long[] sizes = shape.toArray();
                sizes[0] = share.samples();
                draws.add(share.source().normal(dtype, Shape.of(sizes)));
            }
            return Torch.cat(draws, 0);
        });
    }

    @Override
    public void close() {
        shares.forEach(share -> share.source().close());
    }
}
