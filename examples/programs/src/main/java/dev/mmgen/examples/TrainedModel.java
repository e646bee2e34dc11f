package dev.mmgen.examples;

import dev.mmgen.MmGen;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;

/** The model and the photo that programs run on: those that a user names, or the small trained model and a scene of its world. */
public final class TrainedModel {

    /** The world of the model in the box. */
    static final ShapesWorld WORLD = ShapesWorld.SECOND;

    private TrainedModel() {}

    /** Opens the model whose location is the first argument, or the model of the world of shapes. */
    public static MmGen open(String[] arguments) {
        return arguments.length > 0 ? MmGen.open(arguments[0]) : MmGen.shapes();
    }

    /** Returns a picture that stands for a photo: of a scene that the model in the box was not trained on. */
    public static RgbImage photo() {
        return WORLD.render(Split.TEST.seed(7)).rgb();
    }
}
