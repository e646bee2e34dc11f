package dev.mmgen;

import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/** A region of a picture to draw anew, white, while the rest is kept. */
record RepaintMask(RgbImage region) {

    private static final int WHITE = 128;

    /**
     * Returns 1 for the latent pixels to keep: those under which nothing is to be drawn anew.
     *
     * @param factor pixels per latent pixel
     * @return {@code [height / factor, width / factor]}
     */
    Tensor keptLatents(int factor) {
        int columns = region.width() / factor;
        int rows = region.height() / factor;
        float[] keep = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                keep[row * columns + column] = anyWhite(column * factor, row * factor, factor) ? 0 : 1;
            }
        }
        return Torch.tensor(keep, rows, columns);
    }

    /**
     * Returns the drawn picture with the original's pixels outside of the region. The autoencoder alone would not give them
     * back: it loses detail, and its attention lets the region show everywhere.
     */
    RgbImage restore(RgbImage original, RgbImage drawn) {
        byte[] kept = original.rgb();
        byte[] pixels = drawn.rgb();
        for (int y = 0; y < region.height(); y++) {
            for (int x = 0; x < region.width(); x++) {
                if (!isWhite(x, y)) {
                    int at = 3 * (y * region.width() + x);
                    System.arraycopy(kept, at, pixels, at, 3);
                }
            }
        }
        return RgbImage.of(region.width(), region.height(), pixels);
    }

    private boolean anyWhite(int left, int top, int size) {
        for (int y = top; y < top + size; y++) {
            for (int x = left; x < left + size; x++) {
                if (isWhite(x, y)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isWhite(int x, int y) {
        return (region.pixel(x, y) >> 8 & 0xFF) >= WHITE;
    }
}
