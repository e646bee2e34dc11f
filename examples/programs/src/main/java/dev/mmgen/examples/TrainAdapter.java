package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.image.RgbImage;
import dev.mmgen.lora.Adapter;
import dev.mmgen.train.finetune.FineTuning;
import java.nio.file.Path;

/**
 * A LoRA adapter: {@code TrainAdapter [FOLDER STEPS]} trains one that reads photos, lays it over the model at half its strength,
 * and takes it off again. The files in FOLDER/adapter are those of PEFT.
 */
public final class TrainAdapter {

    private TrainAdapter() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/mmgen-reader");
        try (MmGen mmgen = MmGen.shapes()) {
            FineTuning.of(mmgen)
                    .fromRgb()
                    .lora(8)
                    .samples(EdgeScenes.of(arguments.length > 1 ? 20 : 200).stream()
                            .map(sample -> sample.without(EdgeScenes.CANNY))
                            .toList())
                    .steps(arguments.length > 1 ? Long.parseLong(arguments[1]) : 300)
                    .onStep(AddModality::print)
                    .run(folder);
            RgbImage before = depth(mmgen);
            Adapter half = Adapter.of(folder.resolve("adapter")).withStrength(0.5);
            try (MmGen adapted = mmgen.withAdapters(half)) {
                System.out.println("with the adapter the model answers "
                        + (depth(adapted).equals(before) ? "as before" : "otherwise"));
            }
            System.out.println(
                    "without it the model answers " + (depth(mmgen).equals(before) ? "as before" : "otherwise"));
        }
    }

    private static RgbImage depth(MmGen mmgen) {
        return mmgen.understand(TrainedModel.photo()).seed(1).run().depth();
    }
}
