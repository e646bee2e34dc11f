package dev.mmgen.cli.console;

import java.util.Map;

/**
 * The samples that were left out of a run.
 *
 * @param reasons by the sample's key
 */
public record LeftOut(Map<String, String> reasons) {

    /** Every one is in the log too. */
    private static final int SHOWN = 20;

    /** Says how many, and why the first ones; nothing if there are none. */
    public void tell() {
        if (!reasons.isEmpty()) {
            System.err.println(reasons.size() + " samples were left out:");
            reasons.entrySet().stream()
                    .limit(SHOWN)
                    .forEach(bad -> System.err.println("  " + bad.getKey() + ": " + bad.getValue()));
        }
    }
}
