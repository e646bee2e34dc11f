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
}
