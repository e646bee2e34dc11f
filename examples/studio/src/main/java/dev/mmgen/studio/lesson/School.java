package dev.mmgen.studio.lesson;

import dev.mmgen.studio.http.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The lessons of a studio, one at a time: training takes the whole machine for minutes or hours. Pictures come from folders that
 * whoever started the studio has named, and new models go where the others are; clients name neither paths nor files.
 */
public final class School implements AutoCloseable {

    private final @Nullable Path pictures;
    private final @Nullable Path models;
    private @Nullable Lesson lesson;

    /**
     * @param pictures a folder of folders with pictures; null if nothing can be taught
     * @param models   for the new models; null likewise
     */
    public School(@Nullable Path pictures, @Nullable Path models) {
        this.pictures = pictures;
        this.models = models;
    }

    /** Returns whether there are folders for pictures and for models. */
    public boolean isOpen() {
        return pictures != null && models != null;
    }

    /** Returns the names of the folders with pictures, as they are now. */
    public List<String> pictures() {
        if (pictures == null) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(pictures)) {
            return entries.filter(entry -> Files.isDirectory(entry.resolve("rgb")))
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new Problem(Problem.Kind.FAILED, "the folder of the pictures cannot be listed", e);
        }
    }

    /**
     * Returns the folder of pictures of a name.
     *
     * @throws Problem if there is none
     */
    public Path pictures(String name) {
        if (pictures == null || !pictures().contains(name)) {
            throw new Problem(
                    Problem.Kind.NOT_FOUND, "there is no folder of pictures '" + name + "'; there are " + pictures());
        }
        return pictures.resolve(name);
    }

    /** Returns the lesson under way, or the last one; null before the first. */
    public synchronized @Nullable Lesson lesson() {
        return lesson;
    }

    /**
     * Begins a lesson, or goes on with a stopped one of the same name and settings.
     *
     * @throws Problem if there is one under way, or there are no folders for it
     */
    public synchronized Lesson begin(LessonSettings settings) {
        if (models == null) {
            throw new Problem(
                    Problem.Kind.IMPOSSIBLE, "this studio teaches nothing; start it with --pictures and --models");
        }
        if (lesson != null && !lesson.view().state().isEnd()) {
            throw new Problem(Problem.Kind.CONFLICT, "a lesson is under way; stop it first, or wait for its end");
        }
        try {
            lesson = new Lesson(settings, models.resolve(settings.name()));
        } catch (IllegalArgumentException e) {
            throw new Problem(Problem.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
        lesson.start();
        return lesson;
    }

    /** Stops the lesson under way and waits for its last step, so that nothing is lost. */
    @Override
    public void close() {
        Lesson last = lesson();
        if (last == null) {
            return;
        }
        last.stop();
        try {
            last.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
