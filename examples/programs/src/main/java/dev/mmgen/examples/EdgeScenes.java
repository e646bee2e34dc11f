package dev.mmgen.examples;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.Split;
import dev.mmgen.train.finetune.PictureSample;
import dev.mmgen.train.label.CannyEdges;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Pictures to fine-tune on where there are none of your own: scenes of the world of shapes, with the edges of their photos. */
final class EdgeScenes {

    /** The modality that the model in the box does not know. */
    static final Modality CANNY = new Modality("canny", "Canny edges");

    /** Far behind the scenes that the model in the box was trained on. */
    private static final long FIRST = 1_000_000;

    private EdgeScenes() {}

    static List<PictureSample> of(int count) {
        return IntStream.range(0, count).mapToObj(EdgeScenes::sample).toList();
    }

    private static PictureSample sample(int number) {
        Rendering scene = TrainedModel.WORLD.render(Split.TRAIN.seed(FIRST + number));
        RgbImage photo = scene.rgb();
        return PictureSample.of(
                        "scene-" + number,
                        Map.of(
                                Modality.RGB,
                                photo,
                                Modality.DEPTH,
                                scene.depthPicture(),
                                Modality.NORMAL,
                                scene.normalPicture(),
                                Modality.SEGMENTATION,
                                scene.maskPicture(),
                                CANNY,
                                CannyEdges.DEFAULT.of(photo)))
                .withCategory(scene.scene().category().label());
    }
}
