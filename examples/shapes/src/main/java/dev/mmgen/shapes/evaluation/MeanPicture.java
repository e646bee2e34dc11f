package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reader that gives the same pictures for every photo, the best that are possible without looking at it: mean depth and
 * mean normals of training scenes, and each pixel's most frequent label. It is the baseline of every figure.
 *
 * @param picture the pictures
 */
public record MeanPicture(MultiModalImage picture) implements SceneReader {

    private static final int AT_ONCE = 64;

    /**
     * Renders training scenes and takes their mean.
     *
     * @param edition of the world
     * @param scenes how many, at least 1
     * @param size   width and height in pixels
     */
    public static MeanPicture of(ShapesWorld edition, int scenes, int size) {
        long[] depth = new long[size * size * 3];
        long[] normals = new long[size * size * 3];
        int[][] labels = new int[size * size][edition.labels()];
        ScenePictures training = new ScenePictures(edition, Split.TRAIN, size);
        for (int first = 0; first < scenes; first += AT_ONCE) {
            for (Rendering scene : training.render(first, Math.min(AT_ONCE, scenes - first))) {
                addLevels(depth, scene.depthPicture());
                addLevels(normals, scene.normalPicture());
                addLabels(labels, scene.labels());
            }
        }
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        pictures.put(Modality.DEPTH, mean(depth, scenes, size));
        pictures.put(Modality.NORMAL, mean(normals, scenes, size));
        pictures.put(Modality.SEGMENTATION, edition.palette().paint(mostFrequent(labels), size, size));
        return new MeanPicture(new MultiModalImage(pictures));
    }

    private static void addLevels(long[] sums, RgbImage picture) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i++) {
            sums[i] += rgb[i] & 0xff;
        }
    }

    private static void addLabels(int[][] counts, int[] labels) {
        for (int i = 0; i < labels.length; i++) {
            counts[i][labels[i]]++;
        }
    }

    private static RgbImage mean(long[] sums, int scenes, int size) {
        byte[] rgb = new byte[sums.length];
        for (int i = 0; i < sums.length; i++) {
            rgb[i] = (byte) Math.round((double) sums[i] / scenes);
        }
        return RgbImage.of(size, size, rgb);
    }

    private static int[] mostFrequent(int[][] counts) {
        int[] labels = new int[counts.length];
        for (int i = 0; i < labels.length; i++) {
            for (int label = 1; label < counts[i].length; label++) {
                labels[i] = counts[i][label] > counts[i][labels[i]] ? label : labels[i];
            }
        }
        return labels;
    }

    @Override
    public List<MultiModalImage> read(List<Rendering> scenes, long seed) {
        return Collections.nCopies(scenes.size(), picture);
    }
}
