package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.label.DepthRendering;
import dev.mmgen.train.label.NormalRendering;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The judgement of one photo by {@link ShapesJudge}. Arrays are row by row from the top and are not copied.
 *
 * @param edition  of the world that the judge knows
 * @param category of the main object
 * @param features {@code [128]}
 * @param maps     per pixel
 */
public record Judgement(ShapesWorld edition, Category category, float[] features, Maps maps) {

    /**
     * The pixels as the judge reads them.
     *
     * @param depth   inverse depth, about 0 to 1, {@code [height, width]}
     * @param normals vectors of any length, {@code [height, width, 3]}
     * @param labels  as in {@link dev.mmgen.shapes.Rendering#labels}, {@code [height, width]}
     */
    public record Maps(float[] depth, float[] normals, int[] labels) {

        private float[] shares() {
            float[] shares = new float[normals.length];
            for (int i = 0; i < shares.length; i += 3) {
                double length = Math.hypot(Math.hypot(normals[i], normals[i + 1]), normals[i + 2]);
                for (int j = i; j < i + 3; j++) {
                    shares[j] = length == 0 ? 0.5f : (float) Math.clamp(0.5 * normals[j] / length + 0.5, 0.0, 1.0);
                }
            }
            return shares;
        }
    }

    /**
     * Returns depth, normals and segmentation as pictures in which models show them.
     *
     * @throws IllegalArgumentException if the photo did not have this size
     */
    public MultiModalImage pictures(int width, int height) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        pictures.put(Modality.DEPTH, DepthRendering.render(maps.depth, width, height));
        pictures.put(Modality.NORMAL, NormalRendering.render(maps.shares(), width, height));
        pictures.put(Modality.SEGMENTATION, edition.palette().paint(maps.labels, width, height));
        return new MultiModalImage(pictures);
    }

    /** Splits a batch into its photos. */
    static List<Judgement> of(ShapesWorld edition, ShapesJudge.Output output) {
        int samples = Math.toIntExact(output.features().size(0));
        long[] categories = output.categories().argmax(1).toLongs();
        Tensor labels = output.labels().argmax(1);
        Tensor normals = output.normals().permute(0, 2, 3, 1);
        List<Judgement> judgements = new ArrayList<>(samples);
        for (int i = 0; i < samples; i++) {
            judgements.add(new Judgement(
                    edition,
                    edition.categories().get((int) categories[i]),
                    output.features().select(0, i).toFloats(),
                    new Maps(
                            output.depth().select(0, i).toFloats(),
                            normals.select(0, i).toFloats(),
                            ints(labels.select(0, i).toLongs()))));
        }
        return judgements;
    }

    private static int[] ints(long[] numbers) {
        int[] small = new int[numbers.length];
        for (int i = 0; i < small.length; i++) {
            small[i] = Math.toIntExact(numbers[i]);
        }
        return small;
    }
}
