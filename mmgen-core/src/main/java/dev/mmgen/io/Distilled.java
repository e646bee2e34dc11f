package dev.mmgen.io;

import dev.mmgen.sampling.Guidance;
import java.util.ArrayList;
import java.util.List;

/** A lesson of a teacher, after which a model takes fewer evaluations. */
public enum Distilled {
    /** Its velocities are guided without a second evaluation; see {@link SamplingDefaults#guidance}. */
    GUIDANCE,
    /** It follows given modalities as closely as under {@link Guidance#conditionScale}, without one more evaluation. */
    CONDITION_GUIDANCE,
    /** It is a flow map, for one to eight steps. */
    FLOW_MAP,
    /** It reads photos in one step. */
    READING,
    /** Its answers are possible pictures, not their mean: it draws in the few steps of its sampling defaults. */
    FEW_STEPS;

    /** Returns the lessons of a model that has guidance in it; none for {@link Guidance#NONE}. */
    public static List<Distilled> of(Guidance guidance) {
        List<Distilled> lessons = new ArrayList<>(2);
        if (guidance.scale() != 1) {
            lessons.add(GUIDANCE);
        }
        if (guidance.conditionScale() != 1) {
            lessons.add(CONDITION_GUIDANCE);
        }
        return List.copyOf(lessons);
    }
}
