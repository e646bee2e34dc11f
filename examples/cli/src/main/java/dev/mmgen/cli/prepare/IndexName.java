package dev.mmgen.cli.prepare;

/** How an index calls modalities. */
public final class IndexName {

    private IndexName() {}

    /** Returns the modality's name in the official index: that of segmentation is "mask", other names are the same. */
    public static String of(String modality) {
        return modality.equals("segmentation") ? "mask" : modality;
    }
}
