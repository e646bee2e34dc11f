package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import java.nio.file.Path;

/** An image of a category with its depth, normals and segmentation: {@code GenerateImage [MODEL]}. */
public final class GenerateImage {

    private GenerateImage() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage image = mmgen.generate().category(7).seed(42).run();
            image.write(Path.of("out"), "category-7");
            System.out.println(image + " is in out/category-7.png");
        }
    }
}
