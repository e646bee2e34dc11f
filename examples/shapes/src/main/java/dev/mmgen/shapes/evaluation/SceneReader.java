package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import java.util.List;

/** A reader of scenes: it tells some or all of depth, normals and segmentation from photos. */
public interface SceneReader {

    /** The modalities to read. */
    List<Modality> READ = List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);

    /**
     * Reads scenes.
     *
     * @param scenes the scenes whose photos are read; their truth is for readers that are bounds, not competitors
     * @param seed   of the random numbers
     * @return for each scene the pictures that were read from it, of its size; the same ones for all scenes
     */
    List<MultiModalImage> read(List<Rendering> scenes, long seed);

    /** Returns whether the seed makes a difference. */
    default boolean random() {
        return false;
    }
}
