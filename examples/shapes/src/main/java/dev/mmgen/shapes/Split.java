package dev.mmgen.shapes;

/**
 * The splits of the scenes. Each has 2³² seeds of its own, so no scene is in two of them.
 */
public enum Split {

    /** Scenes to train on: seeds 0 to 2³² − 1. */
    TRAIN,

    /** Scenes to choose settings by: the next 2³² seeds. */
    VALIDATION,

    /** Scenes to report figures on and for nothing else: the 2³² seeds after those. */
    TEST;

    /** How many scenes a split has. */
    public static final long SCENES = 1L << 32;

    /**
     * Returns the seed of a scene.
     *
     * @param index from 0 to {@link #SCENES} − 1
     * @throws IllegalArgumentException if the split has no such scene
     */
    public long seed(long index) {
        if (index < 0 || index >= SCENES) {
            throw new IllegalArgumentException(
                    "scene " + index + " does not exist; each split has scenes 0 to " + (SCENES - 1));
        }
        return ordinal() * SCENES + index;
    }
}
