package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.Rendering;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * True scenes in the form of drawn images.
 *
 * @param scenes at least one
 */
public record TrueScenes(List<Rendering> scenes) {

    /** Copies the list. */
    public TrueScenes {
        scenes = List.copyOf(scenes);
    }

    /** Returns their pictures. */
    public List<MultiModalImage> images() {
        return scenes.stream().map(TrueScenes::image).toList();
    }

    private static MultiModalImage image(Rendering scene) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        ModalitySet.standard().forEach(modality -> pictures.put(modality, ScenePictures.of(scene, modality)));
        return new MultiModalImage(pictures);
    }

    /** Returns their photos. */
    public List<RgbImage> photos() {
        return scenes.stream().map(Rendering::rgb).toList();
    }

    /** Returns their categories. */
    public List<Category> categories() {
        return scenes.stream().map(scene -> scene.scene().category()).toList();
    }

    /** Returns the mean of their photos. */
    public RgbImage meanPhoto() {
        RgbImage first = scenes.getFirst().rgb();
        long[] sums = new long[3 * first.width() * first.height()];
        for (Rendering scene : scenes) {
            byte[] rgb = scene.rgb().rgb();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += rgb[i] & 0xff;
            }
        }
        byte[] mean = new byte[sums.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (byte) Math.round((double) sums[i] / scenes.size());
        }
        return RgbImage.of(first.width(), first.height(), mean);
    }
}
