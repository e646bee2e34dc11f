package dev.mmgen.codec;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * An autoencoder that takes large images tile by tile, so that the memory of its network does not grow with the image.
 * Neighbouring tiles overlap and fade into each other, in latents when encoding and in pixels when decoding. An image
 * that fits in one tile is encoded and decoded by the network itself. In larger ones colours and contrast can differ slightly,
 * because the network normalises each tile by its own statistics.
 */
public final class TiledAutoencoder implements Autoencoder {

    private final Autoencoder network;
    private final CheckedAutoencoder checked;
    private final Tiling pixels;
    private final Tiling latents;

    /**
     * @param network any autoencoder; stays the caller's, who closes it
     * @param tiling  tiles in pixels of the image
     * @throws IllegalArgumentException if the tiles are not whole in latents
     */
    public TiledAutoencoder(Autoencoder network, Tiling tiling) {
        this.network = network;
        this.checked = CheckedAutoencoder.of(network);
        this.pixels = tiling;
        this.latents = tiling.scaledDown(checked.factor());
    }

    /** Returns the autoencoder that encodes and decodes each tile. It stays the caller's. */
    public Autoencoder network() {
        return network;
    }

    /** Returns the tiles, in pixels. */
    public Tiling tiling() {
        return pixels;
    }

    @Override
    public int imageChannels() {
        return checked.imageChannels();
    }

    @Override
    public int decodedChannels() {
        return checked.decodedChannels();
    }

    @Override
    public int latentChannels() {
        return checked.latentChannels();
    }

    @Override
    public int factor() {
        return checked.factor();
    }

    @Override
    public Device device() {
        return checked.device();
    }

    @Override
    public Posterior encode(Tensor images) {
        AutoencoderKl.requireImages(this, images);
        TileAxis rows = axis(images.size(2) / factor());
        TileAxis columns = axis(images.size(3) / factor());
        if (rows.count() * (long) columns.count() == 1) {
            return checked.encode(images);
        }
        Grid latentGrid = new Grid(rows, columns);
        try (Tensor output = blend(images, latentGrid.scaledUp(factor()), latentGrid, tile -> {
            Posterior posterior = checked.encode(tile);
            return Torch.cat(List.of(posterior.mean(), posterior.logvar()), 1);
        })) {
            return Posterior.ofOutput(output);
        }
    }

    @Override
    public Tensor decode(Tensor input) {
        AutoencoderKl.requireLatents(this, input);
        TileAxis rows = axis(input.size(2));
        TileAxis columns = axis(input.size(3));
        if (rows.count() * (long) columns.count() == 1) {
            return checked.decode(input);
        }
        Grid grid = new Grid(rows, columns);
        return blend(input, grid, grid.scaledUp(factor()), checked::decode);
    }

    private TileAxis axis(long latentPixels) {
        return TileAxis.of(Math.toIntExact(latentPixels), latents);
    }

    /** The tiles of an image in both directions. */
    private record Grid(TileAxis rows, TileAxis columns) {

        Grid scaledUp(int factor) {
            return new Grid(rows.scaledUp(factor), columns.scaledUp(factor));
        }

        /** Returns a view of one tile. */
        Tensor cut(Tensor image, int row, int column) {
            int top = rows.starts()[row];
            int left = columns.starts()[column];
            return image.slice(2, top, top + rows.length()).slice(3, left, left + columns.length());
        }

        /** Returns the weight of each pixel of a tile, {@code [rows, columns]}. */
        Tensor weights(int row, int column, Device device) {
            Tensor down = Torch.tensor(rows.weights(row)).to(device);
            return down.reshape(-1, 1).mul(Torch.tensor(columns.weights(column)).to(device));
        }
    }

    /** Cuts an input up, maps each tile, and adds the results up under weights that sum to 1 at each pixel. */
    private Tensor blend(Tensor input, Grid inputs, Grid outputs, UnaryOperator<Tensor> mapping) {
        return TensorScope.keeping(() -> {
            Tensor sum = null;
            for (int row = 0; row < inputs.rows().count(); row++) {
                for (int column = 0; column < inputs.columns().count(); column++) {
                    try (TensorScope scope = TensorScope.open()) {
                        Tensor mapped = mapping.apply(inputs.cut(input, row, column));
                        if (sum == null) {
                            sum = scope.keep(zeros(mapped, outputs));
                        }
                        outputs.cut(sum, row, column).addProduct_(mapped, outputs.weights(row, column, device()));
                    }
                }
            }
            return Objects.requireNonNull(sum);
        });
    }

    private Tensor zeros(Tensor tile, Grid outputs) {
        Shape shape = Shape.of(
                tile.size(0),
                tile.size(1),
                outputs.rows().total(),
                outputs.columns().total());
        return Torch.full(0, DType.FLOAT32, device(), shape);
    }
}
