package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;

/** Inpainting: the middle of an image drawn anew in all modalities at once, the rest kept: {@code InpaintRegion [MODEL]}. */
public final class InpaintRegion {

    private InpaintRegion() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage image = mmgen.generate().category(3).run();
            MultiModalImage inpainted = mmgen.generate()
                    .category(3)
                    .repaint(image, middle(mmgen.resolution()))
                    .seed(1)
                    .run();
            image.write(Path.of("out"), "before");
            inpainted.write(Path.of("out"), "after");
            System.out.println("out/before.png and out/after.png are written");
        }
    }

    /** A white square in the middle: white is drawn anew. */
    private static RgbImage middle(int size) {
        byte[] rgb = new byte[3 * size * size];
        for (int y = size / 4; y < size * 3 / 4; y++) {
            for (int x = size / 4; x < size * 3 / 4; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    rgb[3 * (y * size + x) + channel] = (byte) 255;
                }
            }
        }
        return RgbImage.of(size, size, rgb);
    }
}
