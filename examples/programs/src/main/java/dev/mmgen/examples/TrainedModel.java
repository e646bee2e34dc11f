package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;

/** The model and the photo that programs run on: those that a user names, or the small trained model and a scene of its world. */
public final class TrainedModel {

    private static final int PIXELS = 64;

    private TrainedModel() {}

    /** Opens the model whose location is the first argument, or the model of the world of shapes. */
    public static MmGen open(String[] arguments) {
        return arguments.length > 0 ? MmGen.open(arguments[0]) : MmGen.shapes();
    }

    /** Returns a scene that the model of the world of shapes was not trained on, with its exact truth. */
    public static Rendering testScene(int number) {
        return ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TEST.seed(number)), PIXELS, PIXELS);
    }

    /** Returns a picture that stands for a photo. */
    public static RgbImage photo() {
        return testScene(7).rgb();
    }
}
