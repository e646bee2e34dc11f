package dev.mmgen.codec;

/** The size of a batch for the autoencoder, small enough to bound memory however many images there are. */
final class Passes {

    /** About 1 GB at the peak of decoding, see {@link AutoencoderKl}. */
    private static final long PIXELS = 512 * 512;

    private Passes() {}

    /** Returns the number of images per pass, at least 1. */
    static int size(long width, long height) {
        return (int) Math.max(1, PIXELS / Math.max(1, Math.multiplyExact(width, height)));
    }

    /**
     * Returns where a pass ends. The last picture makes no pass of its own but joins the one before: libtorch convolves a single picture
     * by other kernels, whose last digits differ, and a picture must not depend on those beside it.
     *
     * @param start of the pass
     * @param size  of passes
     * @param all   the number of pictures
     */
    static int end(int start, int size, int all) {
        int end = Math.min(start + size, all);
        return size > 1 && all - end == 1 ? all : end;
    }
}
