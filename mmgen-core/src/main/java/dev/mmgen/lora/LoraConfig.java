package dev.mmgen.lora;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link Lora LoRA adapter}: its rank, its weight, and the maps that it adapts. There is no
 * dropout.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="lora-config"}
 *
 * @param rank           of the product that is added to a map, at least 1
 * @param alpha          its weight, above 0: the product is scaled by {@code alpha / rank}
 * @param targets        the maps, at least one
 * @param trainedModules names of modules that are trained in full beside the adapter, such as {@code lis_final_layer.4};
 *     PEFT's {@code modules_to_save}
 * @param rankStabilized true to scale by {@code alpha / sqrt(rank)} (rsLoRA, Kalajdzievski, arXiv 2312.03732)
 * @param mapSettings    maps with a rank or alpha of their own; PEFT's {@code rank_pattern} and {@code alpha_pattern}
 */
public record LoraConfig(
        int rank,
        double alpha,
        List<LoraTarget> targets,
        List<String> trainedModules,
        boolean rankStabilized,
        List<MapSettings> mapSettings) {

    /** The highest rank: more than any map has columns, beyond which an adapter saves nothing. */
    private static final int MAX_RANK = 65536;

    /** Rank 16, scaled by 1, on all maps of attention and MLP. */
    public static final LoraConfig DEFAULT = new LoraConfig(
            16,
            16,
            List.of(LoraTarget.ATTENTION_QKV, LoraTarget.ATTENTION_PROJECTION, LoraTarget.MLP_FC1, LoraTarget.MLP_FC2),
            List.of(),
            false,
            List.of());

    /**
     * Returns the settings of an adapter of the MLPs alone, scaled by 1. It has five eighths of the weights of {@link #DEFAULT}'s.
     *
     * @param rank at least 1
     */
    public static LoraConfig ofMlp(int rank) {
        return DEFAULT.withRank(rank).withAlpha(rank).withTargets(LoraTarget.MLP_FC1, LoraTarget.MLP_FC2);
    }

    /**
     * Maps with a rank or alpha of their own. Of several that match a map, the first with a rank, and the first with an
     * alpha, counts.
     *
     * @param maps  regular expression that the end of a map's name matches, from a dot or the beginning on, such as
     *     {@code blocks.0.attn.qkv} or {@code mlp.fc[12]}
     * @param rank  at least 1; null for that of the settings
     * @param alpha above 0; null for that of the settings
     */
    public record MapSettings(
            String maps, @Nullable Integer rank, @Nullable Double alpha) {

        /**
         * @throws IllegalArgumentException naming the setting that is out of range
         */
        public MapSettings {
            try {
                Pattern.compile(maps);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "setting 'mapSettings' holds '" + maps + "', which is not a regular expression: "
                                + e.getDescription(),
                        e);
            }
            if (rank != null) {
                requireRank(rank);
            }
            if (alpha != null) {
                requireAlpha(alpha);
            }
        }

        /** Returns other ranks for maps. */
        public static MapSettings ofRank(String maps, int rank) {
            return new MapSettings(maps, rank, null);
        }

        /** Returns another alpha for maps. */
        public static MapSettings ofAlpha(String maps, double alpha) {
            return new MapSettings(maps, null, alpha);
        }

        private boolean matches(String name) {
            return name.matches("(.*\\.)?(" + maps + ")");
        }
    }

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public LoraConfig {
        targets = List.copyOf(new LinkedHashSet<>(targets));
        trainedModules = List.copyOf(new LinkedHashSet<>(trainedModules));
        mapSettings = List.copyOf(mapSettings);
        requireRank(rank);
        requireAlpha(alpha);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException(
                    "setting 'targets' is empty; name one of " + List.of(LoraTarget.values()));
        }
    }

    private static void requireRank(int rank) {
        if (rank < 1 || rank > MAX_RANK) {
            throw new IllegalArgumentException("setting 'rank' is " + rank + "; it must be from 1 to " + MAX_RANK);
        }
    }

    private static void requireAlpha(double alpha) {
        if (!(alpha > 0 && Double.isFinite(alpha))) {
            throw new IllegalArgumentException("setting 'alpha' is " + alpha + "; it must be above 0");
        }
    }

    /** Returns a copy with another rank; alpha stays, and with it {@code alpha / rank} changes. */
    public LoraConfig withRank(int other) {
        return new LoraConfig(other, alpha, targets, trainedModules, rankStabilized, mapSettings);
    }

    /** Returns a copy with another alpha. */
    public LoraConfig withAlpha(double other) {
        return new LoraConfig(rank, other, targets, trainedModules, rankStabilized, mapSettings);
    }

    /** Returns a copy for other maps. */
    public LoraConfig withTargets(LoraTarget... others) {
        return new LoraConfig(rank, alpha, List.of(others), trainedModules, rankStabilized, mapSettings);
    }

    /** Returns a copy with other modules that are trained in full. */
    public LoraConfig withTrainedModules(List<String> names) {
        return new LoraConfig(rank, alpha, targets, names, rankStabilized, mapSettings);
    }

    /** Returns a copy that scales by {@code alpha / sqrt(rank)}, or by {@code alpha / rank}. */
    public LoraConfig withRankStabilized(boolean stabilized) {
        return new LoraConfig(rank, alpha, targets, trainedModules, stabilized, mapSettings);
    }

    /** Returns a copy in which some maps have a rank or alpha of their own. */
    public LoraConfig withMapSettings(List<MapSettings> others) {
        return new LoraConfig(rank, alpha, targets, trainedModules, rankStabilized, others);
    }

    /** Returns true for settings of the same maps, ranks and scales, whatever is trained in full beside them. */
    public boolean isLike(LoraConfig other) {
        return rank == other.rank
                && alpha == other.alpha
                && rankStabilized == other.rankStabilized
                && mapSettings.equals(other.mapSettings)
                && Set.copyOf(targets).equals(Set.copyOf(other.targets));
    }

    /** Returns the rank for a map of this name, such as {@code blocks.0.attn.qkv}. */
    int rankOf(String map) {
        return first(map, MapSettings::rank, rank);
    }

    /** Returns the factor of the product for a map of this name. */
    double scaleOf(String map) {
        double rankOfMap = rankOf(map);
        return first(map, MapSettings::alpha, alpha) / (rankStabilized ? Math.sqrt(rankOfMap) : rankOfMap);
    }

    private <T> T first(String map, Function<MapSettings, @Nullable T> setting, T otherwise) {
        for (MapSettings settings : mapSettings) {
            T own = setting.apply(settings);
            if (own != null && settings.matches(map)) {
                return own;
            }
        }
        return otherwise;
    }

    /** Returns true if a parameter belongs to a module that is trained in full. */
    boolean trainsFully(String key) {
        return trainedModules.stream().anyMatch(name -> key.startsWith(name + "."));
    }
}
