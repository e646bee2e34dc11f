/** Weights of the model of a world of shapes. */
module dev.mmgen.model.shapes {
    requires dev.mmgen;
    requires static org.jspecify;

    provides dev.mmgen.io.PackagedModel with
            dev.mmgen.model.shapes.ShapesModel;
}
