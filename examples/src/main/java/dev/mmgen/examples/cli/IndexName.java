package dev.mmgen.examples.cli;

/** How an index calls modalities. */
final class IndexName {

    private IndexName() {}

    /** Returns the modality's name in the official index: that of segmentation is "mask", other names are the same. */
    static String of(String modality) {
        return modality.equals("segmentation") ? "mask" : modality;
    }
}
