package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** The map from an image's square patches to tokens: timm's {@code PatchEmbed}. */
final class PatchEmbedding extends Module implements Layer {

    private final Conv2d proj;

    PatchEmbedding(int channels, int width, int patchSize) {
        this.proj = child("proj", new Conv2d(channels, width, patchSize, Conv2d.stride(patchSize)));
    }

    /** Maps {@code [N, channels, H, W]} to {@code [N, H/p * W/p, width]}, row by row. */
    @Override
    public Tensor forward(Tensor image) {
        return TensorScope.keeping(() -> {
            Tensor grid = proj.forward(image);
            // Operators keep the layout of what they are given, so that all blocks would walk across the rows.
            return grid.reshape(grid.size(0), grid.size(1), -1).transpose(1, 2).contiguous();
        });
    }

    Conv2d proj() {
        return proj;
    }
}
