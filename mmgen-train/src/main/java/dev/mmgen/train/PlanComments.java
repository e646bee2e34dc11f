package dev.mmgen.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The comments of a printed plan: the meaning of every setting, which a resource holds by the setting's place. */
final class PlanComments {

    private static final String MEANINGS = "plan-settings.properties";
    private static final Pattern SETTING = Pattern.compile("( +)\"(\\w+)\" : (.*)");
    private static final int INDENT = 2;

    private PlanComments() {}

    /**
     * Adds a comment before each setting.
     *
     * @param json     indented by two
     * @param official the official recipe
     */
    static String add(String json, JsonNode official) {
        Properties meanings = meanings();
        StringBuilder text = new StringBuilder();
        List<String> place = new ArrayList<>();
        for (String line : json.lines().toList()) {
            Matcher setting = SETTING.matcher(line);
            if (setting.matches()) {
                int depth = setting.group(1).length() / INDENT;
                while (place.size() >= depth) {
                    place.removeLast();
                }
                place.add(setting.group(2));
                String meaning = meanings.getProperty(String.join(".", place));
                if (meaning != null) {
                    text.append(setting.group(1)).append("// ").append(meaning).append(official(official, place));
                    text.append('\n');
                }
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    private static String official(JsonNode recipe, List<String> place) {
        JsonNode node = recipe;
        for (String name : place) {
            node = node.path(name);
        }
        return node.isMissingNode() || node.isObject() ? "" : " (official: " + node + ")";
    }

    private static Properties meanings() {
        Properties meanings = new Properties();
        try (InputStream in = PlanComments.class.getResourceAsStream(MEANINGS)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + MEANINGS + " is missing");
            }
            meanings.load(in);
            return meanings;
        } catch (IOException e) {
            throw new UncheckedIOException(MEANINGS + " cannot be read: " + e.getMessage(), e);
        }
    }
}
