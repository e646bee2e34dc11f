package dev.mmgen.examples;

import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import java.nio.file.Path;

/** Inpainting: the middle of an image drawn anew in all modalities at once, the rest kept: {@code InpaintRegion [MODEL]}. */
public final class InpaintRegion {

    private InpaintRegion() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage image = mmgen.generate().category(3).run();
            int size = mmgen.resolution();
            Mask middle = Mask.none(size, size).withRectangle(size / 4, size / 4, size / 2, size / 2);
            MultiModalImage inpainted =
                    mmgen.generate().category(3).inpaint(image, middle).seed(1).run();
            image.write(Path.of("out"), "before");
            inpainted.write(Path.of("out"), "after");
            System.out.println("out/before.png and out/after.png are written");
        }
    }
}
