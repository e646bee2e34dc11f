/** A world of simple solids with exact truth, and the evaluation of models in it. */
module dev.mmgen.shapes {
    requires transitive dev.mmgen;
    requires transitive dev.mmgen.torch;
    requires transitive dev.mmgen.train;
    requires static transitive org.jspecify;
    requires xchart;

    exports dev.mmgen.shapes;
    exports dev.mmgen.shapes.evaluation;
    exports dev.mmgen.shapes.solid;
}
