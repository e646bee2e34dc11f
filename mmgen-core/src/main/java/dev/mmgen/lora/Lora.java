package dev.mmgen.lora;

import dev.mmgen.io.StudentSettings;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.LoraAdapter;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A LoRA adapter (Hu et al., arXiv 2106.09685) of a transformer: a product of two narrow matrices beside each map that it
 * adapts. It is part of the model's modules and closed with the model.
 *
 * <p>Until the first step it changes nothing. Saved alone it is a folder that PEFT reads; {@linkplain #merge merged} it costs
 * nothing at sampling; {@linkplain #fold folded} it is part of weights as those of any other model.
 *
 * <p>One thread at a time uses a model and its adapter.
 */
public final class Lora {

    private final DiffusionTransformer model;
    private final LoraConfig config;
    private final Map<String, LoraAdapter> products;

    private Lora(DiffusionTransformer model, LoraConfig config, Map<String, LoraAdapter> products) {
        this.model = model;
        this.config = config;
        this.products = products;
    }

    /**
     * Adapts the maps that the settings name and freezes everything but the adapter and the modules that are trained in full.
     * An adapter of the same ranks and scales that the model has already, such as a loaded one, stays as it is.
     *
     * @param model     with values
     * @param generator of the first values
     * @throws IllegalArgumentException if a rank is too high for a map, or a module that is to be trained is unknown
     * @throws IllegalStateException if the model has an adapter of other ranks or scales
     */
    public static Lora attach(DiffusionTransformer model, LoraConfig config, Generator generator) {
        Map<String, Linear> maps = maps(model, config);
        requireModules(model, config);
        Map<String, LoraAdapter> products = new LinkedHashMap<>();
        maps.forEach((name, map) -> {
            LoraAdapter known = map.adapter();
            int rank = config.rankOf(name);
            double scale = config.scaleOf(name);
            if (known == null) {
                known = map.adapt(rank, scale);
                known.initialize(generator);
            } else if (known.rank() != rank || known.scale() != scale) {
                throw new IllegalStateException(
                        "'" + name + "' has a LoRA adapter of rank " + known.rank() + " and scale " + known.scale()
                                + ", not of rank " + rank + " and scale " + scale + "; detach it first");
            }
            products.put(name, known);
        });
        Lora lora = new Lora(model, config, products);
        lora.freezeOthers();
        return lora;
    }

    /**
     * Reads an adapter that {@link #save} or PEFT wrote into a model without one. {@code rank_pattern}, {@code alpha_pattern}
     * and rsLoRA are honoured. DoRA is refused, and so are adapters that belong to a base with other weights: those of the
     * initialisations PiSSA, OLoRA, CorDA and LoftQ.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if the folder does not hold an adapter for this model; the model
     *     is then unchanged
     */
    public static Lora load(DiffusionTransformer model, Path folder) {
        try (AdapterWeights weights =
                AdapterWeights.open(model, Adapter.of(folder).overAnyModel())) {
            return load(model, weights);
        }
    }

    /**
     * Takes in the weights of an adapter that were opened for a model without one, likewise.
     *
     * @param weights stay the caller's; their strength does not count
     */
    public static Lora load(DiffusionTransformer model, AdapterWeights weights) {
        LoraConfig config = weights.config();
        Map<String, LoraAdapter> products = new LinkedHashMap<>();
        maps(model, config)
                .forEach((name, map) -> products.put(name, map.adapt(config.rankOf(name), config.scaleOf(name))));
        AdapterFolder.fill(model, config, weights.stored());
        return new Lora(model, config, products);
    }

    /**
     * Reads the settings of an adapter's folder.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if they are missing, or not those of an adapter that can be loaded
     */
    public static LoraConfig config(Path folder) {
        return AdapterFolder.config(folder);
    }

    /** Gives a copy of a model an adapter like the model's, if it has one; its values are yet to be loaded. */
    public static void attachLike(DiffusionTransformer model, DiffusionTransformer copy) {
        Map<String, Linear> copies = copy.namedModules(Linear.class);
        model.namedModules(Linear.class).forEach((name, map) -> {
            LoraAdapter product = map.adapter();
            Linear twin = copies.get(name);
            if (product != null && twin != null) {
                twin.adapt(Math.toIntExact(product.rank()), product.scale());
            }
        });
    }

    /** Returns the maps that get a product; one that is trained in full does not need it. */
    static Map<String, Linear> maps(DiffusionTransformer model, LoraConfig config) {
        Map<String, Linear> maps = new LinkedHashMap<>();
        model.namedModules(Linear.class).forEach((name, map) -> {
            if (!config.trainsFully(name + ".weight")
                    && config.targets().stream().anyMatch(target -> target.fits(name))) {
                requireRank(name, map, config.rankOf(name));
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
                parameter.value().requiresGrad(isAdapterWeight(key) || config.trainsFully(key));
            }
        });
    }

    /** Returns true if a parameter of this name belongs to a LoRA adapter. */
    public static boolean isAdapterWeight(String key) {
        return key.endsWith(".lora_A.weight") || key.endsWith(".lora_B.weight");
    }

    /** Returns the settings. */
    public LoraConfig config() {
        return config;
    }

    /** Returns the model that is adapted. */
    public DiffusionTransformer model() {
        return model;
    }

    /** Adds the adapter to the weights, so that it costs nothing any more. Do not train a merged model. */
    public void merge() {
        products.values().forEach(LoraAdapter::merge);
    }

    /** Takes the adapter out of the weights again, which are then what they were but for rounding. */
    public void unmerge() {
        products.values().forEach(LoraAdapter::unmerge);
    }

    /** Drops the adapter; what was merged stays. The model then has its usual keys. */
    public void detach() {
        maps(model, config).values().forEach(Linear::dropAdapter);
        products.clear();
    }

    /**
     * Returns weights under the model's usual names, with the adapter added to the maps.
     *
     * @param state of the model with its adapter, such as its EMA; stays the caller's, and must stay open as long as
     *              the result is used
     * @return close it after use
     */
    public StateDict fold(StateDict state) {
        Map<String, Tensor> folded = new LinkedHashMap<>();
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            state.asMap().forEach((key, value) -> {
                if (!isAdapterWeight(key)) {
                    LoraAdapter product = products.get(key.replaceFirst("\\.weight$", ""));
                    Tensor whole = product == null || product.isMerged()
                            ? value.detach()
                            : value.add(productOf(key, state, product));
                    folded.put(key, whole.unscoped());
                }
            });
        }
        return StateDict.of(folded);
    }

    private static Tensor productOf(String key, StateDict state, LoraAdapter product) {
        String map = key.replaceFirst("weight$", "");
        return product.product(state.get(map + "lora_A.weight"), state.get(map + "lora_B.weight"));
    }

    /** Writes the adapter as it is now, see {@link #save(Path, StateDict, Optional)}. */
    public void save(Path folder) {
        try (StateDict state = model.state()) {
            save(folder, state, Optional.empty());
        }
    }

    /**
     * Writes the adapter and the modules trained in full as PEFT does: {@code adapter_model.safetensors} and, when that is
     * whole, {@code adapter_config.json}.
     *
     * @param folder  made if needed
     * @param state   values under the model's names, such as the EMA's
     * @param student how it is to be sampled, if it is a student's; {@link AdapterOverlay#settings} tells it again
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public void save(Path folder, StateDict state, Optional<StudentSettings> student) {
        AdapterFolder.write(folder, config, state, AdapterFolder.mark(model, config), student);
    }
}
