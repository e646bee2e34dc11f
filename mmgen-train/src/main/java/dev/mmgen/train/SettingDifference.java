package dev.mmgen.train;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What two records of settings disagree on. */
final class SettingDifference {

    private static final String ABSENT = "absent";

    private SettingDifference() {}

    /** Returns text such as {@code width is 384, not 1152; depth is 12, not 28}; empty if all agree. */
    static String between(Object wanted, Object found) {
        Map<String, String> expected = PlanJson.flat(wanted);
        Map<String, String> actual = PlanJson.flat(found);
        Set<String> names = new LinkedHashSet<>(actual.keySet());
        names.addAll(expected.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(actual.get(name), expected.get(name)))
                .map(name -> name + " is " + actual.getOrDefault(name, ABSENT) + ", not "
                        + expected.getOrDefault(name, ABSENT))
                .collect(Collectors.joining("; "));
    }
}
