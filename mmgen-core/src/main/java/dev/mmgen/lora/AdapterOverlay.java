package dev.mmgen.lora;

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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

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
        DiffusionTransformer copy = new DiffusionTransformer(model.config());
        try (GradMode _ = Torch.noGrad()) {
            Lora.attachLike(model, copy);
            Map<String, Parameter> originals = model.parameters();
            copy.parameters().forEach((key, parameter) -> parameter.share(Objects.requireNonNull(originals.get(key))));
            copy.train(false);
            adapters.forEach(adapter -> add(copy, adapter));
            if (model.hasQuantizedMatrices()) {
                copy.quantize();
            }
            return copy;
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    private static void add(DiffusionTransformer model, Adapter adapter) {
        LoraConfig config = AdapterFolder.config(adapter.folder());
        Optional<String> mark = adapter.anyModel() ? Optional.empty() : BaseMark.of(model, config);
        try (TensorScope _ = TensorScope.open();
                StateDict stored = AdapterFolder.open(
                        adapter.folder(), AdapterFolder.shapes(adapter.folder(), model, config), mark)) {
            Lora.maps(model, config).forEach((name, map) -> {
                Tensor down = float32(stored, name + "." + DOWN);
                Tensor up = float32(stored, name + "." + UP).mul(config.scaleOf(name) * adapter.strength());
                if (adapter.merged()) {
                    replace(map.weight(), float32(map.weight().read()).add(up.matmul(down)));
                } else {
                    beside(map, down, up);
                }
            });
            model.parameters().forEach((key, parameter) -> {
                if (config.trainsFully(key)) {
                    Tensor base = float32(parameter.read());
                    Tensor way = float32(stored, key).sub(base);
                    replace(parameter, base.addScaled(way, adapter.strength()));
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

    private static void replace(Parameter parameter, Tensor value) {
        Tensor before = parameter.read();
        parameter.set(value.to(before.device(), before.dtype()).copy());
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
