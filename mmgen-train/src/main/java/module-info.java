/** Losses, data, trainer and metrics for MMGen models. */
module dev.mmgen.train {
    requires transitive dev.mmgen;
    requires transitive dev.mmgen.torch;
    requires static transitive org.jspecify;
    requires io.jhdf;
    requires com.fasterxml.jackson.databind;

    exports dev.mmgen.train;
    exports dev.mmgen.train.autoencoder;
    exports dev.mmgen.train.batch;
    exports dev.mmgen.train.checkpoint;
    exports dev.mmgen.train.data;
    exports dev.mmgen.train.distillation;
    exports dev.mmgen.train.feature;
    exports dev.mmgen.train.hdf5;
    exports dev.mmgen.train.finetune;
    exports dev.mmgen.train.label;
    exports dev.mmgen.train.log;
    exports dev.mmgen.train.loss;
    exports dev.mmgen.train.metric;
    exports dev.mmgen.train.metric.adm;
    exports dev.mmgen.train.metric.distribution;
    exports dev.mmgen.train.prepare;
    exports dev.mmgen.train.random;

    opens dev.mmgen.train to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.train.autoencoder to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.train.checkpoint to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.train.data to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.train.finetune to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.train.loss to
            com.fasterxml.jackson.databind;
}
