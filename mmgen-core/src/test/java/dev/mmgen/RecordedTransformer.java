package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mmgen.io.OfficialArguments;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.util.Map;

/** Transformers and tensors of the recordings, and how far a tensor is from a recorded one. */
public final class RecordedTransformer {

    private RecordedTransformer() {}

    /** Reads the settings of a recorded model, which are official arguments. */
    public static TransformerConfig config(JsonNode arguments) {
        return OfficialArguments.of(
                        new JsonMapper().convertValue(arguments, new TypeReference<Map<String, Object>>() {}))
                .transformer();
    }

    /** Opens a recorded model; its settings stand in the manifest beside the weights. */
    public static DiffusionTransformer open(Goldens goldens, String weights) {
        var model = new DiffusionTransformer(
                config(goldens.manifest().get("files").get(weights).get("config")));
        try (StateDict state = tensors(goldens, weights)) {
            model.load(state);
        }
        return model;
    }

    /** Reads the tensors of a file. */
    public static StateDict tensors(Goldens goldens, String name) {
        try (Safetensors file = Safetensors.open(goldens.path(name))) {
            return file.load();
        }
    }

    /** Asserts {@code max |difference| / RMS of the recording <= limit}. */
    public static void assertClose(String what, Tensor actual, Tensor expected, double limit) {
        assertThat(actual.shape()).as("shape of %s", what).isEqualTo(expected.shape());
        try (TensorScope _ = TensorScope.open()) {
            Tensor wanted = expected.to(DType.FLOAT64);
            double largest = actual.to(DType.FLOAT64).sub(wanted).abs().amax().item();
            double rms = Math.sqrt(wanted.mul(wanted).mean().item());
            assertThat(largest / rms).as("relative error of %s", what).isLessThanOrEqualTo(limit);
        }
    }

    /** Runs something and asserts that it left no tensor open. */
    public static void leavingNothing(Runnable test) {
        long before = Torch.liveTensors();
        test.run();
        assertThat(Torch.liveTensors()).as("open tensors").isEqualTo(before);
    }
}
