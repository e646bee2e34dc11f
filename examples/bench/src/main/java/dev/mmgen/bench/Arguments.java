package dev.mmgen.bench;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.train.Precision;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The words after the name of a benchmark, which are checked before anything is measured. The line of usage says what they are:
 * {@code ForwardBenchmark SIZE DTYPE BATCH [ROUNDS]} has three that are needed, and one that is not.
 */
final class Arguments {

    private static final int WRONG_USAGE = 2;
    private static final List<String> SIZES = List.of("S", "B", "L", "XL");

    /** A benchmark. It reads all its arguments before it begins. */
    interface Program {
        void run(Arguments arguments) throws Exception;
    }

    /** A word that is missing, too much or not what it should be. */
    static final class Fault extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1L;

        private Fault(String message) {
            super(message);
        }
    }

    private final List<String> names;
    private final List<String> words;

    /**
     * @throws Fault if there are too few or too many words
     */
    Arguments(String usage, String... words) {
        this.names = List.of(usage.split(" ")).subList(1, usage.split(" ").length);
        this.words = List.of(words);
        for (int place = words.length; place < names.size(); place++) {
            if (!names.get(place).startsWith("[")) {
                throw new Fault(name(place) + " is missing");
            }
        }
        if (words.length > names.size() && !usage.endsWith("...")) {
            throw new Fault("'" + words[names.size()] + "' is one word too many");
        }
    }

    /** Runs a benchmark. The process ends with status 2 and a line on the error stream where an argument is wrong. */
    static void run(String usage, String[] words, Program program) throws Exception {
        int status = status(usage, words, program);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Runs a benchmark and returns the status that its process should end with. */
    static int status(String usage, String[] words, Program program) throws Exception {
        if (List.of(words).contains("--help")) {
            System.out.println("usage: " + usage);
            return 0;
        }
        try {
            program.run(new Arguments(usage, words));
            return 0;
        } catch (Fault e) {
            System.err.println(e.getMessage() + "; usage: " + usage);
            return WRONG_USAGE;
        }
    }

    private String name(int place) {
        return names.get(Math.min(place, names.size() - 1)).replaceAll("[\\[\\]]|\\.{3}", "");
    }

    boolean has(int place) {
        return place < words.size();
    }

    /** Returns all words from a place on. */
    List<String> from(int place) {
        return words.subList(place, words.size());
    }

    /** Returns a word that is needed. */
    String word(int place) {
        return words.get(place);
    }

    /** Returns a word, or what it is where it is left out. */
    String word(int place, String otherwise) {
        return has(place) ? words.get(place) : otherwise;
    }

    /** Returns a count that is needed. */
    int count(int place) {
        return read(place, word(place), "a whole number of at least 1", Arguments::positive);
    }

    /** Returns a count, or what it is where it is left out. */
    int count(int place, int otherwise) {
        return has(place) ? count(place) : otherwise;
    }

    /** Returns a count that another divides, or what it is where it is left out. */
    int multiple(int place, int otherwise, int of) {
        return read(place, word(place, String.valueOf(otherwise)), "a multiple of " + of, word -> {
            int number = positive(word);
            require(number % of == 0);
            return number;
        });
    }

    /** Returns true or false; false where it is left out. */
    boolean flag(int place) {
        return oneOf(place, "false", List.of("true", "false")).equals("true");
    }

    /** Returns a precision of training; float32 where it is left out. */
    Precision precision(int place) {
        return read(
                place,
                word(place, "float32"),
                "float32, bfloat16 or float16",
                word -> Precision.valueOf(word.toUpperCase(Locale.ROOT)));
    }

    /** Returns an official size. */
    String size(int place, String otherwise) {
        return oneOf(place, otherwise, SIZES);
    }

    /** Returns official sizes, which commas separate. */
    List<String> sizes(int place, String otherwise) {
        List<String> sizes = List.of(word(place, otherwise).split(",", -1));
        return read(place, word(place, otherwise), "a list of " + String.join(", ", SIZES), _ -> {
            require(SIZES.containsAll(sizes));
            return sizes;
        });
    }

    /** Returns a word of a few known ones. */
    String oneOf(int place, String otherwise, List<String> known) {
        return read(place, word(place, otherwise), "one of " + String.join(", ", known), word -> {
            require(known.contains(word));
            return word;
        });
    }

    /**
     * Reads a word.
     *
     * @param wanted  what it should be
     * @param reading throws an {@link IllegalArgumentException} where it is something else
     */
    <T> T read(int place, String word, String wanted, Function<String, T> reading) {
        try {
            return reading.apply(word);
        } catch (IllegalArgumentException _) {
            throw new Fault(name(place) + " is '" + word + "'; it must be " + wanted);
        }
    }

    /** Returns a file that can be written. */
    Path newFile(int place) {
        return read(place, word(place), "a file in a folder that is there and that you may write to", word -> {
            Path file = Path.of(word);
            Path folder = file.toAbsolutePath().getParent();
            require(folder != null && !Files.isDirectory(file) && AtomicFile.takesFiles(folder));
            return file;
        });
    }

    private static int positive(String word) {
        int number = Integer.parseInt(word);
        require(number >= 1);
        return number;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException();
        }
    }
}
