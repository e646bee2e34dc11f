package dev.mmgen.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.torch.json.Json;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Supervision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * The old names of plans, with the settings that they stand for now: before the plan held the loss itself, it had an
 * {@code objective}. A translation is noted on the log, once per plan.
 */
final class OldPlan {

    private static final System.Logger LOG = System.getLogger(OldPlan.class.getName());

    /** Old names that were renamed where they stand. */
    private static final Map<String, String> RENAMED = Map.of(
            "saving", "checkpointing",
            "accumulation", "gradientAccumulation",
            "optimization.averageDecay", "optimization.emaDecay",
            "optimization.fallingSteps", "optimization.decaySteps");

    /** The values of {@code objective.recipe} that have a name among the ready-made recipes still. */
    private static final Map<String, String> RECIPES = Map.of(
            "RELEASED", "released",
            "GIVEN", "given",
            "DECOUPLED", "decoupled",
            "ANY_CONDITIONS", "any-conditions",
            "PLAIN", "plain");

    private final String origin;
    private final Json json;
    private final ObjectNode known;
    private final List<String> translated = new ArrayList<>();

    private OldPlan(String origin, Json json, ObjectNode known) {
        this.origin = origin;
        this.json = json;
        this.known = known;
    }

    /**
     * Returns a plan under today's names.
     *
     * @param origin names the plan in the note
     * @param given  with settings of today's names or of old ones; left alone
     * @param known  today's settings, all of them
     */
    static ObjectNode translate(String origin, ObjectNode given, ObjectNode known, Json json) {
        OldPlan plan = new OldPlan(origin, json, known);
        ObjectNode translated = plan.translate(given.deepCopy());
        if (!plan.translated.isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} has old names, which are still read: {1}",
                    origin,
                    String.join(", ", plan.translated));
        }
        return translated;
    }

    private ObjectNode translate(ObjectNode plan) {
        RENAMED.forEach((old, now) -> {
            int dot = old.indexOf('.') + 1;
            JsonNode group = dot == 0 ? plan : plan.path(old.substring(0, dot - 1));
            JsonNode home = dot == 0 ? known : known.path(old.substring(0, dot - 1));
            if (group instanceof ObjectNode settings
                    && settings.has(old.substring(dot))
                    && home.has(now.substring(dot))) {
                if (settings.has(now.substring(dot))) {
                    throw new TrainingException(origin + " has '" + old + "' and '" + now
                            + "', which say the same; keep '" + now + "', its name of today");
                }
                settings.set(now.substring(dot), settings.remove(old.substring(dot)));
                note(old, now);
            }
        });
        JsonNode old = plan.get("objective");
        if (old != null && known.path("loss").has("conditioning")) {
            if (plan.has("loss")) {
                throw new TrainingException(
                        origin + " has 'objective' and 'loss', which say the same; keep 'loss', its name of today");
            }
            if (!(old instanceof ObjectNode objective)) {
                throw new TrainingException(origin + " has 'objective' of " + old
                        + "; it must be an object with 'recipe', one of " + recipes());
            }
            translate(objective, plan.putObject("loss"));
            requireNothingLeft(objective);
            plan.remove("objective");
        }
        return plan;
    }

    private static String recipes() {
        return String.join(", ", new TreeSet<>(RECIPES.keySet())) + ", MIXED";
    }

    private void requireNothingLeft(ObjectNode objective) {
        for (Map.Entry<String, JsonNode> left : objective.properties()) {
            throw new TrainingException(
                    left.getKey().equals("recipe")
                            ? origin + " has 'objective.recipe' of " + left.getValue() + "; it must be one of "
                                    + recipes()
                            : origin + " has 'objective." + left.getKey() + "' of " + left.getValue()
                                    + ", which is no setting or no value of one; 'objective' is 'loss' now");
        }
    }

    private void note(String old, String now) {
        translated.add("'" + old + "' is '" + now + "' now");
    }

    /** Moves settings from an objective to a loss. */
    private void translate(ObjectNode objective, ObjectNode loss) {
        for (String same :
                List.of("path", "modalityWeights", "classDropout", "givenClassDropout", "compensateVelocity")) {
            move(objective, same, same, loss::set);
        }
        recipe(objective, loss);
        times(objective, loss);
        alignment(objective, loss);
    }

    private void move(ObjectNode objective, String old, String now, BiConsumer<String, JsonNode> home) {
        JsonNode value = objective.remove(old);
        if (value != null) {
            note("objective." + old, "loss." + now);
            home.accept(now.substring(now.lastIndexOf('.') + 1), value);
        }
    }

    private static ObjectNode group(ObjectNode parent, String name) {
        return parent.get(name) instanceof ObjectNode already ? already : parent.putObject(name);
    }

    /** The recipe was a name; condition and shares counted for one recipe each, and were ignored with the others. */
    private void recipe(ObjectNode objective, ObjectNode loss) {
        JsonNode condition = objective.remove("condition");
        JsonNode shares = objective.remove("conditionShares");
        JsonNode recipe = objective.get("recipe");
        JsonNode usual = known.path("loss").path("conditioning");
        String type = usual.path("scheme").path("type").asText("");
        if (recipe != null && recipe.isTextual()) {
            String name = recipe.asText();
            if (name.equals("OWN")) {
                objective.remove("recipe");
                group(group(loss, "conditioning"), "scheme").put("type", "a.class.that.old.plans.do.not.name");
                note("objective.recipe", "loss.conditioning");
            } else if (name.equals("MIXED") || RECIPES.containsKey(name)) {
                objective.remove("recipe");
                type = name.equals("GIVEN") ? "fixed-condition" : name.equals("MIXED") ? "mixed-conditions" : "";
                ObjectNode preset = preset(name, shares);
                group(loss, "conditioning").setAll(preset);
                note("objective.recipe", "loss.conditioning");
            }
        } else if (type.equals("mixed-conditions") && shares != null) {
            group(loss, "conditioning").setAll(preset("MIXED", shares));
        }
        if (type.equals("fixed-condition") && condition != null) {
            group(group(loss, "conditioning"), "scheme").set("modality", condition);
            note("objective.condition", "loss.conditioning.scheme.modality");
        }
    }

    /** Returns scheme and supervision of a recipe. */
    private ObjectNode preset(String recipe, JsonNode shares) {
        ObjectNode preset = json.object();
        if (recipe.equals("MIXED")) {
            ObjectNode scheme = preset.putObject("scheme").put("type", "mixed-conditions");
            if (shares != null && shares.isArray() && !shares.isEmpty()) {
                scheme.set("none", shares.get(0));
                shares.valueStream().skip(1).forEach(scheme.withArray("alone")::add);
                scheme.put("latest", 0.01);
                note("objective.conditionShares", "loss.conditioning.scheme");
            }
            preset.set("supervision", json.toTree(Supervision.TARGETS));
            return preset;
        }
        JsonNode whole =
                json.toTree(Optional.ofNullable(ConditioningRecipe.named().get(RECIPES.get(recipe)))
                        .orElseThrow());
        preset.set("scheme", whole.get("scheme"));
        preset.set("supervision", whole.get("supervision"));
        return preset;
    }

    private void times(ObjectNode objective, ObjectNode loss) {
        JsonNode times = objective.get("logitNormalTimes");
        if (times == null) {
            return;
        }
        if (!times.isNull() && !times.isObject()) {
            throw new TrainingException(origin + " has 'objective.logitNormalTimes' of " + times
                    + "; it must be an object with 'mean' and 'deviation', or null for uniform times");
        }
        objective.remove("logitNormalTimes");
        note("objective.logitNormalTimes", "loss.conditioning.times");
        ObjectNode now = group(loss, "conditioning").putObject("times");
        now.put("type", times.isNull() ? "uniform" : "logit-normal");
        if (times instanceof ObjectNode numbers) {
            now.setAll(numbers);
        }
    }

    /** Depth and time of the teacher counted for a teacher that was the EMA, and were ignored otherwise. */
    private void alignment(ObjectNode objective, ObjectNode loss) {
        move(
                objective,
                "alignmentWeight",
                "alignment.weight",
                (name, value) -> group(loss, "alignment").set(name, value));
        move(
                objective,
                "alignFirstHalf",
                "alignment.firstHalf",
                (name, value) -> group(loss, "alignment").set(name, value));
        move(
                objective,
                "alignUntilStep",
                "alignment.untilStep",
                (name, value) -> group(loss, "alignment").set(name, value));
        JsonNode depth = objective.remove("teacherDepth");
        JsonNode time = objective.remove("teacherTime");
        String usual = known.path("loss")
                .path("alignment")
                .path("teacher")
                .path("type")
                .asText("");
        JsonNode source = objective.get("alignment");
        String named = source == null ? "" : source.asText("");
        String teacher = named.equals("SELF") ? "ema" : named.equals("FEATURES") ? "features" : usual;
        if (!teacher.equals(usual) || named.equals("SELF") || named.equals("FEATURES")) {
            objective.remove("alignment");
            group(group(loss, "alignment"), "teacher").put("type", teacher);
            note("objective.alignment", "loss.alignment.teacher");
        }
        if (teacher.equals("ema")) {
            ObjectNode settings = group(group(loss, "alignment"), "teacher");
            settings.put("type", "ema");
            if (depth != null) {
                settings.set("depth", depth);
            }
            if (time != null) {
                settings.set("timeFactor", time);
            }
        }
    }
}
