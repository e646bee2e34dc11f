package dev.mmgen.cli.console;

import java.util.Map;

/**
 * The samples that a run skipped because they were missing or damaged.
 *
 * @param reasons what was wrong, by the sample's key
 */
public record LeftOut(Map<String, String> reasons) {

    /** The run's log has all of them. */
    private static final int SHOWN = 20;

    /** Prints how many there are, and the reasons of the first 20; nothing if there are none. */
    public void print() {
        if (!reasons.isEmpty()) {
            System.err.println((reasons.size() == 1 ? "1 sample was" : reasons.size() + " samples were") + " skipped:");
            reasons.entrySet().stream()
                    .limit(SHOWN)
                    .forEach(bad -> System.err.println("  " + bad.getKey() + ": " + bad.getValue()));
        }
    }
}
