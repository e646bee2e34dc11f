package dev.mmgen.image;

/** The conversion of a file's pixels to 8-bit RGB: as people see them, or as the reference reads them. Neither applies colour profiles. */
public enum ImageReading {

    /**
     * As a person sees the picture: the EXIF orientation is applied, transparent pixels are laid over white, and 16-bit
     * samples are scaled to 8 bits.
     */
    NATURAL,

    /**
     * As the training data of the reference was read, which is Pillow's {@code Image.open(file).convert("RGB")}: the
     * EXIF orientation is ignored, transparency is dropped without compositing, 16-bit grey is clipped at 255, and
     * other 16-bit samples keep their high byte. The levels are Pillow's to the last bit, except for lossy WebP, whose
     * decoder here repeats the subsampled colours instead of smoothing them (about 2 levels off on average).
     */
    REFERENCE
}
