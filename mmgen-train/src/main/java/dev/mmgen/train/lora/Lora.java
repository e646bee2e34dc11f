package dev.mmgen.train.lora;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.LowRank;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The low-rank corrections of a transformer. They are part of its modules and closed with it.
 *
 * <p>Until the first step they change nothing. Saved alone they are a folder that PEFT reads; {@linkplain #merge merged}
 * they cost nothing at sampling; {@linkplain #fold folded} they are weights as those of any other model.
 */
public final class Lora {

    private final DiffusionTransformer model;
    private final LoraConfig config;
    private final Map<String, LowRank> corrections;

    private Lora(DiffusionTransformer model, LoraConfig config, Map<String, LowRank> corrections) {
        this.model = model;
        this.config = config;
        this.corrections = corrections;
    }

    /**
     * Corrects the maps that the settings name and freezes everything but the corrections and the modules that are trained
     * in full. Corrections of the same rank and weight that are there already, such as loaded ones, stay as they are.
     *
     * @param model     with values
     * @param generator of the first values
     * @throws IllegalArgumentException if the rank is too high for a map, or a module that is to be trained is unknown
     * @throws IllegalStateException if the model has other corrections
     */
    public static Lora attach(DiffusionTransformer model, LoraConfig config, Generator generator) {
        Map<String, Linear> maps = maps(model, config);
        requireModules(model, config);
        Map<String, LowRank> corrections = new LinkedHashMap<>();
        maps.forEach((name, map) -> {
            LowRank known = map.correction();
            if (known == null) {
                known = map.correct(config.rank(), config.scale());
                known.initialize(generator);
            } else if (known.rank() != config.rank() || known.scale() != config.scale()) {
                throw new IllegalStateException(
                        "'" + name + "' has a correction of rank " + known.rank() + " that counts " + known.scale()
                                + ", not of rank " + config.rank() + " that counts " + config.scale());
            }
            corrections.put(name, known);
        });
        Lora lora = new Lora(model, config, corrections);
        lora.freezeOthers();
        return lora;
    }

    /**
     * Reads corrections that {@link #save} or PEFT wrote into a model without any.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if the folder does not hold corrections for this model; the model
     *     is then unchanged
     */
    public static Lora load(DiffusionTransformer model, Path folder) {
        LoraConfig config = AdapterFolder.config(folder);
        try (StateDict stored = AdapterFolder.open(folder, AdapterFolder.shapes(model, config))) {
            Map<String, LowRank> corrections = new LinkedHashMap<>();
            maps(model, config)
                    .forEach((name, map) -> corrections.put(name, map.correct(config.rank(), config.scale())));
            AdapterFolder.fill(model, config, stored);
            return new Lora(model, config, corrections);
        }
    }

    /** Gives a copy of a model corrections like those that the model has, if any; their values are yet to come. */
    public static void attachLike(DiffusionTransformer model, DiffusionTransformer copy) {
        Map<String, Linear> copies = copy.namedModules(Linear.class);
        model.namedModules(Linear.class).forEach((name, map) -> {
            LowRank correction = map.correction();
            Linear twin = copies.get(name);
            if (correction != null && twin != null) {
                twin.correct(Math.toIntExact(correction.rank()), correction.scale());
            }
        });
    }

    static Map<String, Linear> maps(DiffusionTransformer model, LoraConfig config) {
        Map<String, Linear> maps = new LinkedHashMap<>();
        model.namedModules(Linear.class).forEach((name, map) -> {
            if (config.targets().stream().anyMatch(target -> name.matches("blocks\\.\\d+\\." + target.moduleName()))) {
                requireRank(name, map, config.rank());
                maps.put(name, map);
            }
        });
        return maps;
    }

    private static void requireRank(String name, Linear map, int rank) {
        long highest =
                Math.min(map.weight().shape().size(0), map.weight().shape().size(1));
        if (rank > highest) {
            throw new IllegalArgumentException("setting 'rank' is " + rank + "; '" + name + "' is a matrix "
                    + map.weight().shape() + ", so it must be at most " + highest);
        }
    }

    static void requireModules(DiffusionTransformer model, LoraConfig config) {
        Set<String> modules = model.namedModules(Module.class).keySet();
        for (String name : config.trainedModules()) {
            if (!modules.contains(name)) {
                throw new IllegalArgumentException("setting 'trainedModules' names '" + name
                        + "', which the model does not have; the most similar is '" + SimilarName.find(name, modules)
                        + "'");
            }
        }
    }

    private void freezeOthers() {
        model.parameters().forEach((key, parameter) -> {
            if (!parameter.isFrozen()) {
                parameter.value().requiresGrad(isCorrection(key) || config.trainsFully(key));
            }
        });
    }

    /** Returns true if a parameter of this name is part of a correction. */
    public static boolean isCorrection(String key) {
        return key.endsWith(".lora_A.weight") || key.endsWith(".lora_B.weight");
    }

    /** Returns the settings. */
    public LoraConfig config() {
        return config;
    }

    /** Returns the model that is corrected. */
    public DiffusionTransformer model() {
        return model;
    }

    /** Adds the corrections to the weights, so that they cost nothing any more. Do not train a merged model. */
    public void merge() {
        corrections.values().forEach(LowRank::merge);
    }

    /** Takes the corrections out of the weights again, which are then what they were but for rounding. */
    public void unmerge() {
        corrections.values().forEach(LowRank::unmerge);
    }

    /** Drops the corrections; what was merged stays. The model then has its usual keys. */
    public void detach() {
        maps(model, config).values().forEach(Linear::dropCorrection);
        corrections.clear();
    }

    /**
     * Returns weights under the model's usual names, with the corrections added to the maps.
     *
     * @param state of the model with its corrections, such as averages; stays the caller's, and must stay open as long as
     *              the result is used
     * @return close it after use
     */
    public StateDict fold(StateDict state) {
        Map<String, Tensor> folded = new LinkedHashMap<>();
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            state.asMap().forEach((key, value) -> {
                if (!isCorrection(key)) {
                    LowRank correction = corrections.get(key.replaceFirst("\\.weight$", ""));
                    Tensor whole = correction == null || correction.isMerged()
                            ? value.detach()
                            : value.add(correctionOf(key, state, correction));
                    folded.put(key, whole.unscoped());
                }
            });
        }
        return StateDict.of(folded);
    }

    private static Tensor correctionOf(String key, StateDict state, LowRank correction) {
        String map = key.replaceFirst("weight$", "");
        return correction.product(state.get(map + "lora_A.weight"), state.get(map + "lora_B.weight"));
    }

    /** Writes the corrections as they are now, see {@link #save(Path, StateDict)}. */
    public void save(Path folder) {
        try (StateDict state = model.state()) {
            save(folder, state);
        }
    }

    /**
     * Writes corrections and modules trained in full as PEFT does: {@code adapter_model.safetensors} and, when that is whole,
     * {@code adapter_config.json}.
     *
     * @param folder is made if needed
     * @param state  values under the model's names, such as averages
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public void save(Path folder, StateDict state) {
        AdapterFolder.write(folder, config, state);
    }
}
