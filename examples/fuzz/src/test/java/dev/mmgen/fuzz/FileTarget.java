package dev.mmgen.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/** A reader of files under attack. Its file lies in memory where the system has a place for that. */
final class FileTarget implements Target {

    private static final Path MEMORY = Path.of("/dev/shm");

    /** Words of the JDK's exceptions, which mean nothing to the owner of a file. */
    private static final List<String> WORDS_OF_MACHINES = List.of(
            "Input length = ", "out of bounds for", "capacity < 0", "java.lang.", "java.util.", "integer overflow");

    private final Form form;
    private final Mutator mutator;
    private final Path folder;
    private final Path file;

    /** The reader itself. */
    @FunctionalInterface
    interface Reader {
        void read(Path file) throws Exception;
    }

    /** The files that lie beside the one that is changed. */
    @FunctionalInterface
    interface Surroundings {
        void make(Path folder) throws IOException;
    }

    /** The last step towards a file: lengths and checksums, which a change would otherwise break each time. */
    @FunctionalInterface
    interface Finish {
        byte[] apply(byte[] changed, RandomGenerator random);
    }

    /**
     * The description of a format.
     *
     * @param name         of the file
     * @param seeds        sound files, or whole parts of them that {@code finish} makes a file of
     * @param words        of the format
     * @param surroundings of the file
     * @param finish       turns a changed part into a file whose checksums and lengths are right again
     * @param declared     bytes of pixels that a file speaks of
     * @param faults       what the reader may throw
     * @param reader       the code under attack
     */
    record Form(
            String name,
            List<byte[]> seeds,
            List<String> words,
            Surroundings surroundings,
            Finish finish,
            ToLongFunction<byte[]> declared,
            List<Class<? extends RuntimeException>> faults,
            Reader reader) {

        static Form of(String name, List<byte[]> seeds, Class<? extends RuntimeException> fault, Reader reader) {
            return new Form(name, seeds, List.of(), _ -> {}, (file, _) -> file, _ -> 0, List.of(fault), reader);
        }

        Form words(String... some) {
            return new Form(name, seeds, List.of(some), surroundings, finish, declared, faults, reader);
        }

        Form surroundings(Surroundings some) {
            return new Form(name, seeds, words, some, finish, declared, faults, reader);
        }

        Form finish(Finish step) {
            return new Form(name, seeds, words, surroundings, step, declared, faults, reader);
        }

        Form declared(ToLongFunction<byte[]> count) {
            return new Form(name, seeds, words, surroundings, finish, count, faults, reader);
        }

        Form faults(List<Class<? extends RuntimeException>> some) {
            return new Form(name, seeds, words, surroundings, finish, declared, some, reader);
        }
    }

    FileTarget(Form form) {
        this.form = form;
        this.mutator = new Mutator(form.seeds(), form.words());
        try {
            this.folder = Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "mmgen-fuzz")
                    : Files.createTempDirectory("mmgen-fuzz");
            this.file = folder.resolve(form.name());
            form.surroundings().make(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Input draw(RandomGenerator random) {
        return of(form.finish().apply(mutator.draw(random), random));
    }

    @Override
    public Input of(byte[] bytes) {
        return new Input() {
            @Override
            public void run() throws Exception {
                // A new file each time: a mapping of the last one must not see this one.
                Files.deleteIfExists(file);
                Files.write(file, bytes);
                form.reader().read(file);
            }

            @Override
            public byte[] bytes() {
                return bytes;
            }

            @Override
            public long declaredBytes() {
                return Math.max(bytes.length, form.declared().applyAsLong(bytes));
            }
        };
    }

    @Override
    public boolean isHelpful(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return form.faults().contains(failure.getClass())
                && WORDS_OF_MACHINES.stream().noneMatch(message::contains)
                && (message.contains(form.name()) || message.contains(folder.toString()));
    }

    @Override
    public void close() {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
