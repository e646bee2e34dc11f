/** Weights of the model of a world of shapes; resources only. */
module dev.mmgen.model.shapes {}
