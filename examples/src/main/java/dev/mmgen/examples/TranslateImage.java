package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.Raster;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Draws new photos of a photo's layout, by way of its modalities: {@code TranslateImage [MODEL-FOLDER PHOTO]}. */
public final class TranslateImage {

    private TranslateImage() {}

    public static void main(String[] arguments) {
        Raster photo = arguments.length > 1 ? Raster.read(Path.of(arguments[1])) : DemoModel.samplePhoto();
        try (MmGen mmgen = MmGen.open(DemoModel.folder(arguments))) {
            MultiModalImage scene = mmgen.understand(photo).steps(50).run();
            List<MultiModalImage> images = mmgen.generate()
                    .given(Modality.DEPTH, scene.depth())
                    .given(Modality.NORMAL, scene.normal())
                    .given(Modality.SEGMENTATION, scene.segmentation())
                    .steps(50)
                    .count(4)
                    .runAll();
            List<Raster> pictures = new ArrayList<>(scene.pictures().values());
            images.forEach(image -> pictures.add(image.rgb()));
            new ContactSheet(4, 2).of(pictures).write(Path.of("out", "translated.png"));
            System.out.println("out/translated.png is written: a photo and what it shows above, new photos below");
        }
    }
}
