package dev.mmgen.torch.weights;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The name that a user may have meant, by the number of single-character edits (Levenshtein distance). */
public final class SimilarName {

    private static final int MAX_LENGTH = 200;

    private SimilarName() {}

    /** Returns the most similar of the names, null if there are none or they are too long to compare. */
    public static @Nullable String find(String name, Collection<String> candidates) {
        String best = null;
        int fewest = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            if (name.length() <= MAX_LENGTH && candidate.length() <= MAX_LENGTH) {
                int edits = edits(name, candidate);
                if (edits < fewest) {
                    fewest = edits;
                    best = candidate;
                }
            }
        }
        return best;
    }

    private static int edits(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int j = 0; j < above.length; j++) {
            above[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[above.length];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[above.length - 1];
    }
}
