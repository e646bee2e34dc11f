/** Tensors, modules and weight files over libtorch. Run with {@code --enable-native-access=dev.mmgen.torch}. */
module dev.mmgen.torch {
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.databind;
    requires dev.mmgen.natives;

    exports dev.mmgen.torch;
    exports dev.mmgen.torch.distributed;
    exports dev.mmgen.torch.io;
    exports dev.mmgen.torch.json to
            dev.mmgen,
            dev.mmgen.studio,
            dev.mmgen.train;
    exports dev.mmgen.torch.nn;
    exports dev.mmgen.torch.optim;
    exports dev.mmgen.torch.weights;
}
