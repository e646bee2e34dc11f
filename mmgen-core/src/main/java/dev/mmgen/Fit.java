package dev.mmgen;

/** The way in which a photo of any size and shape becomes pictures of the size that a model draws. */
public enum Fit {

    /** The middle of the photo, scaled until it covers the size ({@link CoverCrop}). The result has the request's size. */
    CROP,

    /** The whole photo, with its edge repeated above and below or at both sides. The result has the photo's size. */
    PAD,

    /** The whole photo, squeezed. The result has the photo's size. */
    STRETCH,

    /**
     * The whole photo in overlapping windows along its longer side, each as high or wide as the photo. The result has the photo's
     * size: seams are blended, depth is aligned by a scale and a shift where windows overlap. For readings of photos alone.
     */
    TILE
}
