package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.modality.Modality;
import dev.mmgen.train.finetune.FineTuning;
import java.nio.file.Path;

/**
 * A modality of your own in the slot of another one, as the paper does with Canny edges: {@code ReplaceModality [FOLDER STEPS]}.
 * The model stays as large as it was, and forgets the old modality.
 */
public final class ReplaceModality {

    private ReplaceModality() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/mmgen-edges");
        FineTuning tuning = FineTuning.of(MmGen.SHAPES)
                .replace(Modality.SEGMENTATION, EdgeScenes.CANNY)
                .samples(EdgeScenes.of(arguments.length > 1 ? 20 : 200))
                .onStep(AddModality::print);
        if (arguments.length > 1) {
            tuning.steps(Long.parseLong(arguments[1]));
        } else {
            tuning.minutes(8);
        }
        tuning.run(folder);
        try (MmGen tuned = MmGen.open(folder)) {
            System.out.println(folder + " is a model of " + tuned.modalities());
        }
    }
}
