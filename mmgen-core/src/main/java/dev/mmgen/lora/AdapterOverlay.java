package dev.mmgen.lora;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.LoraAdapter;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A transformer with LoRA adapters laid over another one, which stays as it is to the bit. All weights that no adapter changes
 * are shared. Several adapters add up; several of the same map that lie apart are one product whose rank is their sum.
 */
public final class AdapterOverlay {

    private static final String DOWN = "lora_A.weight";
    private static final String UP = "lora_B.weight";

    private AdapterOverlay() {}

    /**
     * Lays adapters over a model.
     *
     * @param model    stays the caller's; it may have adapters laid over it already
     * @param adapters in any order
     * @return a model of its own; close it after use
     * @throws dev.mmgen.torch.weights.WeightFileException if a folder does not hold an adapter for this model
     */
    public static DiffusionTransformer of(DiffusionTransformer model, List<Adapter> adapters) {
        return overlay(
                model,
                copy -> adapters.forEach(adapter -> {
                    try (AdapterWeights weights = AdapterWeights.open(copy, adapter)) {
                        add(copy, weights);
                    }
                }));
    }

    /**
     * Lays an adapter over a model whose weights are open.
     *
     * @param model   that they were opened for; stays the caller's, as they do
     * @return a model of its own; close it after use
     */
    public static DiffusionTransformer of(DiffusionTransformer model, AdapterWeights weights) {
        return overlay(model, copy -> add(copy, weights));
    }

    private static DiffusionTransformer overlay(DiffusionTransformer model, Consumer<DiffusionTransformer> change) {
        DiffusionTransformer copy = new DiffusionTransformer(model.config());
        try (GradMode _ = Torch.noGrad()) {
            Lora.attachLike(model, copy);
            Map<String, Parameter> originals = model.parameters();
            copy.parameters().forEach((key, parameter) -> parameter.share(Objects.requireNonNull(originals.get(key))));
            copy.train(false);
            change.accept(copy);
            if (model.hasQuantizedMatrices()) {
                copy.quantize();
            }
            return copy;
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    /**
     * Returns the settings of a model with adapters laid over it: that of a student tells how it is to be sampled, at any strength but
     * 0, and brings what was distilled into it; others change nothing.
     *
     * @throws IllegalArgumentException if more than one is a student's
     * @throws dev.mmgen.torch.weights.WeightFileException if a folder does not hold an adapter
     */
    public static ModelConfig settings(ModelConfig model, List<Adapter> adapters) {
        ModelConfig settings = model;
        Path student = null;
        for (Adapter adapter : adapters) {
            // First, so that a kind that cannot be loaded is refused by its name.
            AdapterFolder.config(adapter.folder());
            Optional<StudentSettings> taught =
                    StudentSettings.read(adapter.folder()).filter(_ -> adapter.strength() != 0);
            if (taught.isPresent() && student != null) {
                throw new IllegalArgumentException("the adapters " + student + " and " + adapter.folder()
                        + " are both students', each to be sampled in its own way; lay one of them over the model");
            }
            if (taught.isPresent()) {
                student = adapter.folder();
                settings = taught.get().over(model);
            }
        }
        return settings;
    }

    private static void add(DiffusionTransformer model, AdapterWeights weights) {
        Adapter adapter = weights.adapter();
        LoraConfig config = weights.config();
        StateDict stored = weights.stored();
        try (TensorScope _ = TensorScope.open()) {
            Lora.maps(model, config).forEach((name, map) -> {
                Tensor down = float32(stored, name + "." + DOWN);
                Tensor up = float32(stored, name + "." + UP).mul(config.scaleOf(name) * adapter.strength());
                if (adapter.merged()) {
                    Tensor base = map.weight().read();
                    replace(map.weight(), base, float32(base).add(up.matmul(down)));
                } else {
                    beside(map, down, up);
                }
            });
            model.parameters().forEach((key, parameter) -> {
                if (config.trainsFully(key)) {
                    Tensor before = parameter.read();
                    Tensor base = float32(before);
                    Tensor way = float32(stored, key).sub(base);
                    replace(parameter, before, base.addScaled(way, adapter.strength()));
                }
            });
        }
    }

    private static Tensor float32(StateDict stored, String key) {
        return float32(stored.get(AdapterFolder.PREFIX + key));
    }

    private static Tensor float32(Tensor value) {
        return value.to(Device.CPU, DType.FLOAT32);
    }

    /** Gives a parameter a value that was computed for it alone, where the one before was and in its type. */
    private static void replace(Parameter parameter, Tensor before, Tensor value) {
        parameter.set(value.to(before.device(), before.dtype()));
    }

    /** Adds a product to those that lie beside a map already. */
    private static void beside(Linear map, Tensor down, Tensor up) {
        LoraAdapter known = map.adapter();
        Tensor allDown = down;
        Tensor allUp = up;
        if (known != null) {
            allDown = Torch.cat(List.of(float32(known.down().read()), down), 0);
            allUp = Torch.cat(List.of(float32(known.up().read()).mul(known.scale()), up), 1);
            map.dropAdapter();
        }
        Tensor like = map.weight().read();
        LoraAdapter joined = map.adapt(Math.toIntExact(allDown.size(0)), 1);
        joined.down().set(allDown.to(like.device(), like.dtype()).copy());
        joined.up().set(allUp.to(like.device(), like.dtype()).copy());
    }
}
