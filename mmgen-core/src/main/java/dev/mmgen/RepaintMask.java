package dev.mmgen;

import dev.mmgen.image.Raster;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/** A region in pixels as the latents see it. */
final class RepaintMask {

    private static final int WHITE = 128;

    private RepaintMask() {}

    /**
     * Returns 1 for the latent pixels to keep: those under which nothing is to be repainted.
     *
     * @return {@code [height / factor, width / factor]}
     */
    static Tensor keep(Raster region, int width, int height, int factor) {
        if (region.width() != width || region.height() != height) {
            throw new IllegalArgumentException(
                    "the region to repaint is " + region + ", but the picture is " + width + " x " + height);
        }
        int columns = width / factor;
        int rows = height / factor;
        float[] keep = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                keep[row * columns + column] = anyWhite(region, column * factor, row * factor, factor) ? 0 : 1;
            }
        }
        return Torch.tensor(keep, rows, columns);
    }

    private static boolean anyWhite(Raster region, int left, int top, int size) {
        for (int y = top; y < top + size; y++) {
            for (int x = left; x < left + size; x++) {
                int green = region.pixel(x, y) >> 8 & 0xFF;
                if (green >= WHITE) {
                    return true;
                }
            }
        }
        return false;
    }
}
