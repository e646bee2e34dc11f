package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.Raster;
import dev.mmgen.modality.Modality;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The three jobs in one run, on the model folder that is given or on the small model with random weights. */
public final class Demo {

    private static final int STEPS = 50;

    private Demo() {}

    public static void main(String[] arguments) {
        Path out = DemoModel.FOLDER.resolve("pictures");
        Raster photo = DemoModel.samplePhoto();
        photo.write(out.resolve("photo.png"));
        try (MmGen mmgen = MmGen.open(DemoModel.folder(arguments))) {
            List<Raster> rows = new ArrayList<>();
            for (int category = 0; category < 4; category++) {
                MultiModalImage image = mmgen.generate().category(category).seed(category).steps(STEPS).run();
                rows.addAll(image.pictures().values());
            }
            new ContactSheet(mmgen.modalities().size(), 2).of(rows).write(out.resolve("generated.png"));

            MultiModalImage scene = mmgen.understand(photo).steps(STEPS).run();
            scene.write(out, "understood");

            mmgen.generate().given(Modality.DEPTH, scene.depth()).steps(STEPS).run().write(out, "from-depth");
        }
        System.out.println("Four categories, each with all its modalities:  " + out.resolve("generated.png"));
        System.out.println("Depth, normals and segmentation of a photo:     " + out.resolve("understood.png"));
        System.out.println("A new photo for that depth:                     " + out.resolve("from-depth.png"));
        if (arguments.length == 0) {
            System.out.println("The weights are random, so these pictures show the machinery and no world yet.");
        }
    }
}
