package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import java.util.List;

/** Tells what scenes show: some or all of depth, normals and segmentation. */
public interface SceneReader {

    /** What there is to tell. */
    List<Modality> READ = List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);

    /**
     * Reads scenes.
     *
     * @param scenes their photos are to be read; the truth is there for those that only bound what others can reach
     * @param seed   where random numbers start
     * @return for each scene the pictures that were read from it, of its size; the same ones for all scenes
     */
    List<MultiModalImage> read(List<Rendering> scenes, long seed);

    /** Returns whether the seed makes a difference. */
    default boolean random() {
        return false;
    }
}
