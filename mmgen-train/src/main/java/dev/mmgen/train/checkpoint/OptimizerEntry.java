package dev.mmgen.train.checkpoint;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Optimizer;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The optimizer's state as PyTorch's {@code AdamW.state_dict()} has it: parameters are numbered in the module's order. Those
 * that are not trained have numbers too, but no state. Matrices that move by Muon have its one part in place of AdamW's three.
 */
final class OptimizerEntry {

    private static final List<String> PARTS = List.of("step", "exp_avg", "exp_avg_sq");
    private static final String MUON_PART = "momentum_buffer";

    private OptimizerEntry() {}

    /**
     * Returns the entry to write.
     *
     * @param state what {@link Optimizer#state} returned; must stay open until the entry is written
     */
    static Map<String, Object> of(PtCheckpoint.OptimizerGroup group, StateDict state) {
        List<String> names = group.parameters();
        Map<Integer, Map<String, Tensor>> byNumber = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            Map<String, Tensor> parts = new LinkedHashMap<>();
            boolean muon = state.has(names.get(i) + "." + MUON_PART);
            if (muon || state.has(names.get(i) + ".step")) {
                for (String part : muon ? List.of(MUON_PART) : PARTS) {
                    parts.put(part, state.get(names.get(i) + "." + part));
                }
                byNumber.put(i, parts);
            }
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("state", byNumber);
        entry.put("param_groups", List.of(group(group.settings(), group.rate(), names.size())));
        return entry;
    }

    private static Map<String, @Nullable Object> group(AdamW.Settings settings, double rate, int parameters) {
        Map<String, @Nullable Object> group = new LinkedHashMap<>();
        group.put("lr", rate);
        group.put("betas", new PythonValue.Tuple(List.of(settings.beta1(), settings.beta2())));
        group.put("eps", settings.epsilon());
        group.put("weight_decay", settings.weightDecay());
        group.put("amsgrad", false);
        group.put("maximize", false);
        group.put("foreach", null);
        group.put("capturable", false);
        group.put("differentiable", false);
        group.put("fused", null);
        group.put("decoupled_weight_decay", true);
        group.put("params", IntStream.range(0, parameters).boxed().toList());
        return group;
    }

    /**
     * Maps the entry of a file, under the names that {@link Optimizer#load} takes. Autoencoders' checkpoints of before have these
     * names already. Close the result.
     *
     * @param names of all parameters, in the module's order
     * @throws CheckpointException if it has another form, or a number that no parameter has
     */
    static StateDict read(PickleCheckpoint file, List<String> names) {
        Object opt = file.value("opt");
        if (opt instanceof Map<?, ?> flat
                && !flat.isEmpty()
                && flat.values().stream().allMatch(TensorInfo.class::isInstance)) {
            return file.stateDict("opt");
        }
        if (!(opt instanceof Map<?, ?> entry) || !(entry.get("state") instanceof Map<?, ?> states)) {
            throw new CheckpointException(
                    file.path() + " has an 'opt' without 'state'; PyTorch's AdamW did not write it");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            states.forEach((number, parts) -> {
                if (!(number instanceof Long index) || index < 0 || index >= names.size()) {
                    throw new CheckpointException(file.path() + " has optimizer state for parameter number " + number
                            + ", but the model has " + names.size() + " parameters");
                }
                read(file, names.get(index.intValue()), parts, tensors);
            });
            return StateDict.of(tensors);
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensor::close);
            throw e;
        }
    }

    private static void read(PickleCheckpoint file, String name, @Nullable Object parts, Map<String, Tensor> tensors) {
        boolean muon = parts instanceof Map<?, ?> known && known.containsKey(MUON_PART);
        for (String part : muon ? List.of(MUON_PART) : PARTS) {
            if (!(parts instanceof Map<?, ?> map) || !(map.get(part) instanceof TensorInfo info)) {
                throw new CheckpointException(
                        file.path() + " lacks '" + part + "' in the optimizer state of '" + name + "'");
            }
            tensors.put(name + "." + part, file.tensor(info).unscoped());
        }
    }
}
