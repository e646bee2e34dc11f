package dev.mmgen.cli.console;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A failure as one line that a terminal can show. Memory that ran out, of the heap or of libtorch, is named as such: neither
 * message says by itself what was too large.
 *
 * @param command the words of the command that failed, without {@code mmgen}
 */
public record FailureLine(Throwable failure, String command) {

    /** Lists of keys can be long; what is wrong stands at the beginning, what to do at the end. */
    private static final int BEGINNING = 1200;

    private static final int END = 600;

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** The words of libtorch's CPU allocator, c10/core/impl/alloc_cpu.cpp. */
    private static final Pattern REFUSED = Pattern.compile("tried to allocate (\\d+) bytes");

    @Override
    public String toString() {
        String memory = memory();
        if (memory != null) {
            return shortened(memory);
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : shortened(joined(message));
    }

    /** Returns a text in one line, with other control characters, which a terminal would obey, spelled as in Java. */
    public static String joined(String message) {
        // Picocli begins some of its messages with this word, and the line already begins with the program's name.
        String line = message.replaceFirst("^Error: ", "")
                .lines()
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" | "));
        return CONTROL.matcher(line)
                .replaceAll(found -> String.format(
                        Locale.ROOT, "\\\\u%04x", (int) found.group().charAt(0)));
    }

    private static String shortened(String line) {
        return line.length() <= BEGINNING + END
                ? line
                : line.substring(0, BEGINNING) + " [...] " + line.substring(line.length() - END);
    }

    private @Nullable String memory() {
        for (Throwable cause : Stream.iterate(failure, next -> next != null, Throwable::getCause)
                .toList()) {
            if (cause instanceof OutOfMemoryError) {
                return "'mmgen " + joined(command) + "' needs more memory than the Java heap's "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB ("
                        + joined(String.valueOf(cause.getMessage()))
                        + "); give it more, as in 'java -Xmx4g -jar mmgen.jar ...', or use smaller pictures or batches";
            }
            Matcher refused = REFUSED.matcher(String.valueOf(cause.getMessage()));
            if (refused.find()) {
                return String.format(
                        Locale.ROOT,
                        "'mmgen %s' needs a tensor of %,d bytes, and there is no memory for it; use a smaller size or"
                                + " batch, or close other programs",
                        joined(command),
                        Long.parseLong(refused.group(1)));
            }
        }
        return null;
    }
}
