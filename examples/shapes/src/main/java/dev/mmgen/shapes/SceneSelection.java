package dev.mmgen.shapes;

import java.util.Set;
import java.util.stream.LongStream;

/**
 * The choice of scenes among numbers that follow one another: all, or all of some categories and fewer of the others, for
 * categories that a model finds hard.
 *
 * @param oftener the categories of which every scene is taken
 * @param times   how many times as often as others these are taken: of the others only scenes whose number is a multiple of it
 *                are; at least 1, which takes all
 */
public record SceneSelection(Set<Category> oftener, int times) {

    /**
     * @throws IllegalArgumentException if {@code times} is out of range
     */
    public SceneSelection {
        if (times < 1) {
            throw new IllegalArgumentException("setting 'times' is " + times + "; it must be at least 1");
        }
        oftener = Set.copyOf(oftener);
    }

    /** Returns the choice of every scene. */
    public static SceneSelection all() {
        return new SceneSelection(Set.of(), 1);
    }

    /**
     * Returns the numbers of the chosen scenes, in rising order.
     *
     * @param edition of the world
     * @param split   the split of the scenes
     * @param first   the first scene's number in the split
     * @param count   how many numbers to choose among, at least 1
     * @throws IllegalArgumentException if the split has no such scenes, the edition lacks a category, or nothing is chosen
     */
    public long[] of(ShapesWorld edition, Split split, long first, int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " scenes to choose among; at least 1");
        }
        split.seed(first);
        split.seed(first + count - 1);
        for (Category category : oftener) {
            if (!edition.categories().contains(category)) {
                throw new IllegalArgumentException("the " + edition.label() + " edition has no " + category.label());
            }
        }
        long[] chosen = LongStream.range(first, first + count)
                .filter(number -> number % times == 0
                        || oftener.contains(edition.scene(split.seed(number)).category()))
                .toArray();
        if (chosen.length == 0) {
            throw new IllegalArgumentException("no scene of " + first + " to " + (first + count - 1)
                    + " is chosen; choose among more, or take scenes fewer times as often");
        }
        return chosen;
    }
}
