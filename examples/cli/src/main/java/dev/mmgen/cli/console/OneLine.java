package dev.mmgen.cli.console;

import java.util.stream.Collectors;

/** What a failure says, in one line that a terminal can show. */
public record OneLine(Throwable failure) {

    /** Lists of keys can be long; what is wrong stands at the beginning, what to do at the end. */
    private static final int BEGINNING = 1200;

    private static final int END = 600;

    @Override
    public String toString() {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        String line = message.lines()
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" | "));
        return line.length() <= BEGINNING + END
                ? line
                : line.substring(0, BEGINNING) + " [...] " + line.substring(line.length() - END);
    }
}
