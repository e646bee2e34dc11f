package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.List;

/** Four different photos that fit one depth image: {@code DrawFromDepth [MODEL DEPTH]}. */
public final class DrawFromDepth {

    private DrawFromDepth() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            RgbImage depth = arguments.length > 1
                    ? RgbImage.read(Path.of(arguments[1]))
                    : mmgen.understand(TrainedModel.photo()).run().depth();
            List<MultiModalImage> images = mmgen.generate()
                    .given(Modality.DEPTH, depth)
                    .guidance(1.8)
                    .count(4)
                    .runAll();
            List<RgbImage> photos = images.stream().map(MultiModalImage::rgb).toList();
            new ContactSheet(4, 2).of(photos).write(Path.of("out", "from-depth.png"));
            System.out.println("out/from-depth.png is written");
        }
    }
}
