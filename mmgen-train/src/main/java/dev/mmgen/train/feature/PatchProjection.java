package dev.mmgen.train.feature;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** Cuts an image into square patches and maps each to a token. */
final class PatchProjection extends Module implements Layer {

    private final Conv2d proj;

    PatchProjection(int width, int patchSize) {
        this.proj = child("proj", new Conv2d(3, width, patchSize, patchSize, 0));
    }

    /** Maps {@code [N, 3, H, W]} to {@code [N, H/p * W/p, width]}, row by row. */
    @Override
    public Tensor forward(Tensor images) {
        return TensorScope.keeping(() -> {
            Tensor grid = proj.forward(images);
            return grid.reshape(grid.size(0), grid.size(1), -1).transpose(1, 2);
        });
    }
}
