package dev.mmgen.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What two records of settings disagree on. */
final class SettingDifference {

    private SettingDifference() {}

    /** Returns text such as {@code width is 384, not 1152; depth is 12, not 28}; empty if all agree. */
    static String between(Object wanted, Object found) {
        Map<String, String> expected = PlanJson.flat(wanted);
        Map<String, String> different = new LinkedHashMap<>(PlanJson.flat(found));
        different.entrySet().removeIf(setting -> setting.getValue().equals(expected.get(setting.getKey())));
        return different.entrySet().stream()
                .map(setting -> setting.getKey() + " is " + setting.getValue() + ", not " + expected.get(setting.getKey()))
                .collect(Collectors.joining("; "));
    }
}
