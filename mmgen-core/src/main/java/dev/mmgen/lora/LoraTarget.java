package dev.mmgen.lora;

/** A linear map of a transformer block that a LoRA adapter can adapt. */
public enum LoraTarget {
    /** From tokens to queries, keys and values. */
    ATTENTION_QKV("attn.qkv"),
    /** Behind attention. */
    ATTENTION_PROJECTION("attn.proj"),
    /** The first map of the MLP. */
    MLP_FC1("mlp.fc1"),
    /** The second map of the MLP. */
    MLP_FC2("mlp.fc2");

    private final String moduleName;

    LoraTarget(String moduleName) {
        this.moduleName = moduleName;
    }

    /** Returns the map's name within a block; unlike {@code proj} alone it fits no other module of the model. */
    public String moduleName() {
        return moduleName;
    }
}
