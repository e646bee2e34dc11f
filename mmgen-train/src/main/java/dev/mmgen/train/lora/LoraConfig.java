package dev.mmgen.train.lora;

import java.util.LinkedHashSet;
import java.util.List;

/**
 * Which maps of every block are corrected, and how. There is no dropout.
 *
 * @param rank           of every correction
 * @param alpha          a correction counts {@code alpha / rank}
 * @param targets        the maps
 * @param trainedModules names of modules that are trained in full beside the corrections, such as
 *                       {@code lis_final_layer.4}; PEFT's {@code modules_to_save}
 */
public record LoraConfig(int rank, double alpha, List<LoraTarget> targets, List<String> trainedModules) {

    /** Rank 16, counted once, on all maps of attention and MLP. */
    public static final LoraConfig DEFAULT = new LoraConfig(16, 16, List.of(LoraTarget.values()), List.of());

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public LoraConfig {
        targets = List.copyOf(new LinkedHashSet<>(targets));
        trainedModules = List.copyOf(new LinkedHashSet<>(trainedModules));
        if (rank < 1) {
            throw new IllegalArgumentException("setting 'rank' is " + rank + "; it must be at least 1");
        }
        if (!(alpha > 0 && Double.isFinite(alpha))) {
            throw new IllegalArgumentException("setting 'alpha' is " + alpha + "; it must be above 0");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException(
                    "setting 'targets' is empty; name one of " + List.of(LoraTarget.values()));
        }
    }

    /** Returns the same with another rank and weight. */
    public LoraConfig withRank(int otherRank, double otherAlpha) {
        return new LoraConfig(otherRank, otherAlpha, targets, trainedModules);
    }

    /** Returns the same with other modules that are trained in full. */
    public LoraConfig withTrainedModules(List<String> names) {
        return new LoraConfig(rank, alpha, targets, names);
    }

    double scale() {
        return alpha / rank;
    }

    /** Returns true if a parameter belongs to a module that is trained in full. */
    boolean trainsFully(String key) {
        return trainedModules.stream().anyMatch(name -> key.startsWith(name + "."));
    }
}
