package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;

/** Depth, normals and segmentation of a photo: {@code ReadPhoto [MODEL PHOTO]}. */
public final class ReadPhoto {

    private ReadPhoto() {}

    public static void main(String[] arguments) {
        RgbImage photo = arguments.length > 1 ? RgbImage.read(Path.of(arguments[1])) : TrainedModel.photo();
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage scene = mmgen.understand(photo).run();
            scene.depth().write(Path.of("out", "depth.png"));
            scene.normal().write(Path.of("out", "normal.png"));
            scene.segmentation().write(Path.of("out", "segmentation.png"));
            System.out.println("out/depth.png, out/normal.png and out/segmentation.png are written");
        }
    }
}
