package dev.mmgen.image;

import java.awt.image.Raster;
import java.io.IOException;

/**
 * The frame header of a JPEG file: its size, and how coarsely each component is sampled.
 *
 * @param width in pixels
 * @param height in pixels
 * @param ids of the components, a character each
 * @param across samples of each component in the width of a unit, 1 to 4
 * @param down samples of each component in the height of a unit, 1 to 4
 */
record JpegFrame(int width, int height, String ids, int[] across, int[] down) {

    static JpegFrame parse(byte[] file, int start, int end) throws IOException {
        int count = end - start < 6 ? 0 : file[start + 5] & 0xff;
        if (count == 0 || end - start < 6 + 3 * count) {
            throw new IOException("the header is damaged");
        }
        StringBuilder ids = new StringBuilder();
        int[] across = new int[count];
        int[] down = new int[count];
        for (int i = 0; i < count; i++) {
            int at = start + 6 + 3 * i;
            ids.append((char) file[at]);
            across[i] = file[at + 1] >> 4 & 15;
            down[i] = file[at + 1] & 15;
            if (across[i] < 1 || across[i] > 4 || down[i] < 1 || down[i] > 4) {
                throw new IOException("the header is damaged");
            }
        }
        return new JpegFrame(unsigned16(file, start + 3), unsigned16(file, start + 1), ids.toString(), across, down);
    }

    private static int unsigned16(byte[] file, int at) {
        return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
    }

    /** Returns how many blocks of 8 × 8 samples the finest component has. */
    long blocks() {
        long most = 0;
        for (int i = 0; i < across.length; i++) {
            long columns = Math.ceilDiv((long) width * across[i], 8L * largest(across));
            long rows = Math.ceilDiv((long) height * down[i], 8L * largest(down));
            most = Math.max(most, columns * rows);
        }
        return most;
    }

    private static int largest(int[] factors) {
        int largest = 0;
        for (int factor : factors) {
            largest = Math.max(largest, factor);
        }
        return largest;
    }

    /** Returns true if a component has every column but every second row only, as the colours of 4:4:0 have. */
    private boolean isHalfHigh(int component) {
        return across[component] == largest(across) && 2 * down[component] == largest(down);
    }

    /**
     * Returns a row of samples, one component after another for each pixel. ImageIO's decoder repeats the rows of
     * components that are half as high; here they are weighted 3 to 1 with the next nearest one, as in libjpeg-turbo's
     * {@code h1v2_fancy_upsample}, which Pillow decodes with.
     */
    int[] row(Raster samples, int y, int[] row) {
        int width = samples.getWidth();
        samples.getPixels(0, y, width, 1, row);
        int other = Math.clamp(y % 2 == 0 ? y - 1L : y + 1L, 0, samples.getHeight() - 1);
        int bias = y % 2 == 0 ? 1 : 2;
        int[] neighbours = new int[0];
        for (int component = 0; component < across.length; component++) {
            if (isHalfHigh(component)) {
                neighbours =
                        samples.getSamples(0, other, width, 1, component, neighbours.length == 0 ? null : neighbours);
                for (int x = 0; x < width; x++) {
                    int at = x * across.length + component;
                    row[at] = 3 * row[at] + neighbours[x] + bias >> 2;
                }
            }
        }
        return row;
    }
}
