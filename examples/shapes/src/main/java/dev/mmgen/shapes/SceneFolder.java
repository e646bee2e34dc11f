package dev.mmgen.shapes;

import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/**
 * A folder of the pictures of a split's scenes: {@code rgb/00012/00012345.png} is the photo of scene 12345, and {@code depth},
 * {@code normal}, {@code mask} and, if asked for, {@code instances} hold the others. {@code index.jsonl} lists them in the
 * form of the official implementation. A file that exists is complete, and is not rendered again.
 *
 * @param folder    the folder, created if missing
 * @param edition   of the world
 * @param split     the split of the scenes
 * @param size      of the square pictures, 1 to 4096
 * @param instances whether to write instance masks too
 */
public record SceneFolder(Path folder, ShapesWorld edition, Split split, int size, boolean instances) {

    private static final int LARGEST = 4096;
    private static final int SCENES_PER_FOLDER = 1000;

    /**
     * @throws IllegalArgumentException if the size is out of range
     */
    public SceneFolder {
        if (size < 1 || size > LARGEST) {
            throw new IllegalArgumentException("pictures of size " + size + "; choose 1 to " + LARGEST);
        }
    }

    /** Returns a folder of pictures of the edition's usual size, without instance masks. */
    public static SceneFolder of(Path folder, ShapesWorld edition, Split split) {
        return new SceneFolder(folder, edition, split, edition.size(), false);
    }

    /** Returns the same with pictures of another size, 1 to 4096. */
    public SceneFolder withSize(int pixels) {
        return new SceneFolder(folder, edition, split, pixels, instances);
    }

    /** Returns the same with or without instance masks. */
    public SceneFolder withInstances(boolean written) {
        return new SceneFolder(folder, edition, split, size, written);
    }

    /**
     * Renders scenes that follow one another, as {@link #write(long[], int, Runnable)} does.
     *
     * @param first   the first scene's number in the split
     * @param count   how many scenes, at least 1
     * @param threads how many to render at once, at least 1; no pixel depends on it
     * @param onScene called after each scene, from any thread
     * @return the index file
     * @throws IllegalArgumentException if a number is out of range
     * @throws IllegalStateException if the folder holds pictures of another edition, split or size
     */
    public Path write(long first, int count, int threads, Runnable onScene) {
        return write(SceneSelection.all().of(edition, split, first, count), threads, onScene);
    }

    /**
     * Renders scenes. If it fails or is interrupted, another call continues.
     *
     * @param scenes  the scenes' numbers in the split, at least one, each once; {@link SceneSelection} chooses some
     * @param threads how many to render at once, at least 1; no pixel depends on it
     * @param onScene called after each scene, from any thread
     * @return the index file, which lists these scenes in this order
     * @throws IllegalArgumentException if a number is out of range
     * @throws IllegalStateException if the folder holds pictures of another edition, split or size
     */
    public Path write(long[] scenes, int threads, Runnable onScene) {
        if (scenes.length < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    scenes.length + " scenes on " + threads + " threads; both must be at least 1");
        }
        for (long scene : scenes) {
            split.seed(scene);
        }
        if (LongStream.of(scenes).distinct().count() < scenes.length) {
            throw new IllegalArgumentException("a scene is named twice; name each once");
        }
        claim();
        Category[] categories = render(scenes, threads, onScene);
        List<IndexEntry> entries = new ArrayList<>(scenes.length);
        for (int i = 0; i < scenes.length; i++) {
            String key = key(scenes[i]);
            entries.add(new IndexEntry(categories[i].label(), categories[i].ordinal(), key, files(key)));
        }
        Path index = folder.resolve("index.jsonl");
        JsonlIndex.of(entries).write(index);
        return index;
    }

    /** Notes what is in the folder, since pictures of other editions, splits or sizes have the same names. */
    private void claim() {
        // The first edition's folders are older than editions.
        String prefix = edition == ShapesWorld.FIRST ? "" : "edition = " + edition.label() + ", ";
        String content = prefix + "split = " + split.name().toLowerCase(Locale.ROOT) + ", size = " + size + "\n";
        Path note = folder.resolve("scenes.txt");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(note)) {
                Files.writeString(note, content);
            }
            String found = Files.readString(note);
            if (!found.equals(content)) {
                throw new IllegalStateException(folder + " holds other scenes (" + found.strip() + ", not "
                        + content.strip() + "); name another folder");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be used: " + FileReason.writing(e), e);
        }
    }

    private Category[] render(long[] scenes, int threads, Runnable onScene) {
        Category[] categories = new Category[scenes.length];
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    for (int place = next.getAndIncrement(); place < scenes.length; place = next.getAndIncrement()) {
                        categories[place] = render(scenes[place]);
                        onScene.run();
                    }
                }));
            }
            try {
                for (Future<?> worker : workers) {
                    worker.get();
                }
            } finally {
                next.set(scenes.length);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("rendering failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("rendering was interrupted; run the same command again to continue", e);
        }
        return categories;
    }

    private Category render(long index) {
        Scene scene = edition.scene(split.seed(index));
        Map<String, Path> missing = files(key(index));
        missing.values().removeIf(Files::exists);
        if (!missing.isEmpty()) {
            Rendering rendering = ShapesWorld.render(scene, size, size);
            missing.forEach((name, file) -> rendering.picture(name).write(file));
        }
        return scene.category();
    }

    /** Returns a scene's files by the index's names for them. */
    private Map<String, Path> files(String key) {
        List<String> names = new ArrayList<>(List.of("rgb", "depth", "normal", "mask"));
        if (instances) {
            names.add("instances");
        }
        Map<String, Path> files = new LinkedHashMap<>();
        for (String name : names) {
            files.put(name, folder.toAbsolutePath().normalize().resolve(name).resolve(key));
        }
        return files;
    }

    /** Returns a scene's name in the index and below each folder; {@code /} makes groups in HDF5 files. */
    private static String key(long index) {
        return String.format(Locale.ROOT, "%05d/%08d.png", index / SCENES_PER_FOLDER, index);
    }
}
