package dev.mmgen.codec;

/**
 * The tiles into which large images are cut for the autoencoder.
 *
 * @param size    height and width of a tile in pixels; an image is only cut in the directions in which it is larger
 * @param overlap the least number of pixels that neighbours share, where one fades into the other; at most half the
 *     size
 */
public record Tiling(int size, int overlap) {

    /**
     * Tiles of 512 pixels that share at least 128: decoding then takes about 1 GB. Larger tiles need more, smaller
     * ones see too little of the image to agree on its colours.
     */
    public static final Tiling DEFAULT = new Tiling(512, 128);

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public Tiling {
        if (size < 1 || overlap < 0 || overlap > size / 2) {
            throw new IllegalArgumentException("tiles of " + size + " pixels with an overlap of " + overlap
                    + "; the size must be positive, and the overlap from 0 to half of it");
        }
    }

    /** Returns tiles of another size, in pixels, with the same overlap. */
    public Tiling withSize(int newSize) {
        return new Tiling(newSize, overlap);
    }

    /** Returns tiles of the same size that overlap by another number of pixels. */
    public Tiling withOverlap(int newOverlap) {
        return new Tiling(size, newOverlap);
    }

    /**
     * Returns the same tiles in latent pixels.
     *
     * @throws IllegalArgumentException if size or overlap is not a multiple of the factor
     */
    Tiling scaledDown(int factor) {
        if (size % factor != 0 || overlap % factor != 0) {
            throw new IllegalArgumentException("tiles of " + size + " pixels with an overlap of " + overlap
                    + " do not suit an autoencoder whose latents are " + factor + " times smaller;"
                    + " use multiples of that");
        }
        return new Tiling(size / factor, overlap / factor);
    }
}
