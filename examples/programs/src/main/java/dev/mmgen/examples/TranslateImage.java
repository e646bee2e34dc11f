package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** New photos of a photo's layout, by way of its modalities: {@code TranslateImage [MODEL PHOTO]}. */
public final class TranslateImage {

    private TranslateImage() {}

    public static void main(String[] arguments) {
        RgbImage photo = arguments.length > 1 ? RgbImage.read(Path.of(arguments[1])) : TrainedModel.photo();
        try (MmGen mmgen = TrainedModel.open(arguments)) {
            MultiModalImage scene = mmgen.understand(photo).run();
            List<MultiModalImage> images = mmgen.generate()
                    .given(Modality.DEPTH, scene.depth())
                    .given(Modality.NORMAL, scene.normal())
                    .given(Modality.SEGMENTATION, scene.segmentation())
                    .count(4)
                    .runAll();
            List<RgbImage> pictures = new ArrayList<>(scene.pictures().values());
            images.forEach(image -> pictures.add(image.rgb()));
            new ContactSheet(4, 2).of(pictures).write(Path.of("out", "translated.png"));
            System.out.println("out/translated.png is written: a photo and what it shows above, new photos below");
        }
    }
}
