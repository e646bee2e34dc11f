package dev.mmgen.codec;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.function.UnaryOperator;

/**
 * An autoencoder that takes large images tile by tile, so that the network's memory does not grow with the image.
 * Neighbouring tiles overlap and fade into each other, in latents when encoding and in pixels when decoding. An image
 * that fits in one tile is treated as by the network itself. In larger ones colours and contrast can differ slightly,
 * because the network normalises each tile by its own statistics.
 */
public final class TiledAutoencoder implements Autoencoder {

    private final AutoencoderKl network;
    private final Tiling pixels;
    private final Tiling latents;

    /**
     * @param network stays the caller's, who closes it
     * @throws IllegalArgumentException if the tiles are not whole in latents
     */
    public TiledAutoencoder(AutoencoderKl network, Tiling tiling) {
        this.network = network;
        this.pixels = tiling;
        this.latents = tiling.scaledDown(network.factor());
    }

    /** Returns the tiles, in pixels. */
    public Tiling tiling() {
        return pixels;
    }

    @Override
    public AutoencoderConfig config() {
        return network.config();
    }

    @Override
    public Device device() {
        return network.device();
    }

    @Override
    public Posterior encode(Tensor images) {
        AutoencoderKl.requireImages(config(), images);
        TileAxis rows = axis(images.size(2) / factor());
        TileAxis columns = axis(images.size(3) / factor());
        if (rows.count() * (long) columns.count() == 1) {
            return network.encode(images);
        }
        try (Tensor moments = blend(
                images,
                rows.scaledUp(factor()),
                columns.scaledUp(factor()),
                rows,
                columns,
                2L * config().latentChannels(),
                network::moments)) {
            return Posterior.ofMoments(moments);
        }
    }

    @Override
    public Tensor decode(Tensor input) {
        AutoencoderKl.requireLatents(config(), input);
        TileAxis rows = axis(input.size(2));
        TileAxis columns = axis(input.size(3));
        if (rows.count() * (long) columns.count() == 1) {
            return network.decode(input);
        }
        return blend(
                input,
                rows,
                columns,
                rows.scaledUp(factor()),
                columns.scaledUp(factor()),
                config().outChannels(),
                network::decode);
    }

    private TileAxis axis(long latentPixels) {
        return TileAxis.of(Math.toIntExact(latentPixels), latents);
    }

    /** Cuts an input up, maps each tile, and adds the results up under weights that sum to 1 at each pixel. */
    private Tensor blend(
            Tensor input,
            TileAxis inRows,
            TileAxis inColumns,
            TileAxis outRows,
            TileAxis outColumns,
            long outChannels,
            UnaryOperator<Tensor> mapping) {
        Shape shape = Shape.of(input.size(0), outChannels, outRows.total(), outColumns.total());
        return TensorScope.keeping(() -> {
            Tensor sum = Torch.full(0, DType.FLOAT32, device(), shape);
            for (int row = 0; row < inRows.count(); row++) {
                for (int column = 0; column < inColumns.count(); column++) {
                    try (TensorScope _ = TensorScope.open()) {
                        Tensor mapped = mapping.apply(cut(input, inRows, row, inColumns, column));
                        Tensor weights = weights(outRows, row).reshape(-1, 1).mul(weights(outColumns, column));
                        cut(sum, outRows, row, outColumns, column).addProduct_(mapped, weights);
                    }
                }
            }
            return sum;
        });
    }

    private static Tensor cut(Tensor image, TileAxis rows, int row, TileAxis columns, int column) {
        int top = rows.starts()[row];
        int left = columns.starts()[column];
        return image.slice(2, top, top + rows.length()).slice(3, left, left + columns.length());
    }

    private Tensor weights(TileAxis axis, int tile) {
        return Torch.tensor(axis.weights(tile)).to(device());
    }
}
