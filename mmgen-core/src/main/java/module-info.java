/** The MMGen pipeline and the parts it is made of. */
module dev.mmgen {
    requires transitive dev.mmgen.torch;
    requires transitive java.desktop;
    requires static transitive org.jspecify;
    // WebP files need it; as a module without a descriptor it would keep jlink from programs that do not.
    requires static com.twelvemonkeys.imageio.webp;
    requires com.fasterxml.jackson.databind;

    uses dev.mmgen.io.PackagedModel;

    exports dev.mmgen;
    exports dev.mmgen.codec;
    exports dev.mmgen.geometry;
    exports dev.mmgen.image;
    exports dev.mmgen.io;
    exports dev.mmgen.lora;
    exports dev.mmgen.modality;
    exports dev.mmgen.model;
    exports dev.mmgen.npy;
    exports dev.mmgen.onnx;
    exports dev.mmgen.part;
    exports dev.mmgen.sampling;

    opens dev.mmgen.codec to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.io to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.lora to
            com.fasterxml.jackson.databind;
    opens dev.mmgen.model to
            com.fasterxml.jackson.databind;
}
