package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.StateMismatchException;
import dev.mmgen.torch.nn.Strictness;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A training checkpoint of the official implementation: a {@code .pt} file with {@code ema}, the averaged weights that
 * inference uses, and {@code args}, the arguments of its training. What else it holds is not read.
 */
public final class OfficialCheckpoint implements AutoCloseable {

    private static final String WEIGHTS = "ema";
    private static final String ARGUMENTS = "args";

    private final PickleCheckpoint file;
    private final ModelConfig config;

    private OfficialCheckpoint(PickleCheckpoint file, ModelConfig config) {
        this.file = file;
        this.config = config;
    }

    /**
     * Opens a checkpoint. Nothing in it is executed.
     *
     * @throws ModelFolderException if it holds no averaged weights or no arguments, or these describe no known model
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is damaged or holds more than data
     */
    public static OfficialCheckpoint open(Path path) {
        PickleCheckpoint file = PickleCheckpoint.open(path);
        try {
            return new OfficialCheckpoint(file, config(file));
        } catch (IllegalArgumentException e) {
            file.close();
            throw new ModelFolderException(path, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static ModelConfig config(PickleCheckpoint file) {
        for (String key : new String[] {WEIGHTS, ARGUMENTS}) {
            if (!file.has(key)) {
                throw new ModelFolderException(file.path(), "has no '" + key + "'; it holds " + file.keys()
                        + ", which is not a training checkpoint of the official implementation");
            }
        }
        if (!(file.value(ARGUMENTS) instanceof Map<?, ?> values)) {
            throw new ModelFolderException(file.path(), "has '" + ARGUMENTS + "' that are not arguments by name");
        }
        Map<String, Object> arguments = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (value != null) {
                arguments.put(String.valueOf(name), value);
            }
        });
        completeFromWeights(arguments, file);
        OfficialArguments official = OfficialArguments.of(arguments);
        return ModelConfig.standard(official.transformer(), official.path());
    }

    /** Fills in what the reference reads from the weights where the arguments do not say it. */
    private static void completeFromWeights(Map<String, Object> arguments, PickleCheckpoint file) {
        var infos = file.infos(WEIGHTS);
        var table = infos.get("y_embedder.embedding_table.weight");
        if (table != null && table.shape().rank() == 2) {
            long classes = arguments.get("num_classes") instanceof Number number ? number.longValue() : 1000;
            arguments.putIfAbsent("cfg_prob", table.shape().size(0) == classes + 1 ? 0.1 : 0.0);
        }
        if (!arguments.containsKey("z_dims")) {
            arguments.put("z_dims", infos.entrySet().stream()
                    .filter(entry -> entry.getKey().matches("projectors\\.\\d+\\.4\\.weight"))
                    .map(entry -> Math.toIntExact(entry.getValue().shape().size(0)))
                    .toList());
        }
        var hidden = infos.get("projectors.0.0.weight");
        if (hidden != null) {
            arguments.putIfAbsent("projector_dim", Math.toIntExact(hidden.shape().size(0)));
        }
    }

    /** Returns the model's settings. */
    public ModelConfig config() {
        return config;
    }

    /** Maps the averaged weights, without projectors where asked. Close the result. */
    public StateDict weights(boolean withProjectors) {
        StateDict all = file.stateDict(WEIGHTS);
        return withProjectors ? all : all.without("projectors.");
    }

    /**
     * Maps the averaged weights into a transformer without projectors.
     *
     * @return the transformer; close it after use
     * @throws ModelFolderException if weights and arguments do not fit; the message lists every key at fault
     */
    public DiffusionTransformer transformer() {
        DiffusionTransformer transformer = new DiffusionTransformer(config.transformer().withoutProjectors());
        try (StateDict state = weights(false)) {
            transformer.load(state, Strictness.EXACT);
            return transformer;
        } catch (StateMismatchException e) {
            transformer.close();
            throw new ModelFolderException(file.path(), e.getMessage() + "; its 'args' describe another model", e);
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    /**
     * Writes settings and averaged weights as a model folder. The autoencoder is not part of a checkpoint: put it beside them.
     *
     * @param dtype the type to store, null for the one they have
     */
    public void convert(Path folder, @Nullable DType dtype, boolean withProjectors) {
        ModelConfig written = withProjectors ? config : config.with(config.transformer().withoutProjectors());
        try (StateDict stored = weights(withProjectors)) {
            if (dtype == null) {
                ModelFolder.write(folder, written, stored);
                return;
            }
            Map<String, Tensor> cast = new LinkedHashMap<>();
            stored.asMap().forEach((key, tensor) -> cast.put(key, tensor.to(dtype).unscoped()));
            try (StateDict converted = StateDict.of(cast)) {
                ModelFolder.write(folder, written, converted);
            }
        }
    }

    /** Closes the file. What was mapped from it stays usable. */
    @Override
    public void close() {
        file.close();
    }
}
