package dev.mmgen.lora;

/** A kind of linear map of a transformer that a LoRA adapter can adapt. */
public enum LoraTarget {
    /** From tokens to queries, keys and values. */
    ATTENTION_QKV("attn.qkv"),
    /** Behind attention. */
    ATTENTION_PROJECTION("attn.proj"),
    /** The first map of the MLP. */
    MLP_FC1("mlp.fc1"),
    /** The second map of the MLP. */
    MLP_FC2("mlp.fc2"),
    /**
     * From time, class and task to the shifts, scales and gates of a block or of a final layer: a third of a model's weights. It is not
     * among the {@linkplain LoraConfig#DEFAULT usual} ones.
     */
    MODULATION("adaLN_modulation.1");

    private final String moduleName;

    LoraTarget(String moduleName) {
        this.moduleName = moduleName;
    }

    /** Returns the end of such a map's name; unlike {@code proj} alone it fits no other module of the model. */
    public String moduleName() {
        return moduleName;
    }

    /** Returns true for the name of such a map, such as {@code blocks.0.attn.qkv}. */
    boolean fits(String map) {
        return map.endsWith("." + moduleName);
    }
}
