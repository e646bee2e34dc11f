package dev.mmgen.studio.model;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.studio.http.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models that a studio can use: the one it was started with, and those in a folder, by the names of their folders. The thread
 * that draws opens one when a request names it, and the few that were used last stay open, so that two people with two models do
 * not wait for their weights at every turn. Clients name models, never paths.
 */
public final class ModelShelf implements AutoCloseable {

    private final String first;
    private final @Nullable Path folder;
    private final MmGenOptions options;
    private final int most;
    private final Card firstCard;

    /** By name, the one used last at the end. */
    private final SequencedMap<String, Opened> open = new LinkedHashMap<>();

    /** Read while a model is being opened, which takes seconds. */
    private volatile Set<String> openNames;

    /**
     * An open model.
     *
     * @param settings what its settings file was when it was opened: a lesson may have written another model since
     */
    private record Opened(MmGen model, String settings) {}

    /**
     * The facts of a model that is not open.
     *
     * @param name       by which requests call it
     * @param config     its settings
     * @param drawing    sampler, steps and guidance of drawing where a request sets none
     * @param resolution height and width of the pictures that it was trained on
     */
    public record Card(String name, ModelConfig config, SamplingDefaults drawing, int resolution) {}

    /**
     * Opens the first model.
     *
     * @param most     models that are open at once, at least 1
     *
     * @param location a model folder, or {@code classpath:} and the name of one among the resources
     * @param folder   of the folders of others; null for none
     */
    public ModelShelf(String location, @Nullable Path folder, MmGenOptions options, int most) {
        this.first = location;
        this.folder = folder;
        this.options = options;
        this.most = most;
        MmGen model = MmGen.open(location, options);
        String last = location.substring(location.lastIndexOf(':') + 1);
        String name = String.valueOf(Path.of(last).toAbsolutePath().normalize().getFileName());
        this.firstCard = new Card(name, model.config(), model.drawing(), model.resolution());
        this.open.put(name, new Opened(model, settings(firstCard)));
        this.openNames = Set.of(name);
    }

    /** Returns the name of the model that requests use which name none. */
    public String defaultName() {
        return firstCard.name;
    }

    /** Returns all models by name, as they are now in the folder. Folders that hold no readable settings are left out. */
    public Map<String, Card> cards() {
        Map<String, Card> cards = new LinkedHashMap<>();
        cards.put(firstCard.name, firstCard);
        if (folder == null) {
            return cards;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(entry -> Files.isRegularFile(entry.resolve("config.json")))
                    .sorted()
                    .forEach(entry -> {
                        Card card = card(entry);
                        if (card != null) {
                            cards.putIfAbsent(card.name, card);
                        }
                    });
        } catch (IOException | UncheckedIOException e) {
            throw new Problem(Problem.Kind.FAILED, "the folder of the models cannot be listed", e);
        }
        return cards;
    }

    private static @Nullable Card card(Path entry) {
        try {
            ModelFolder model = ModelFolder.open(entry);
            ModelConfig config = model.config();
            AutoencoderConfig autoencoder = AutoencoderFolder.config(entry.resolve(ModelFolder.AUTOENCODER));
            int resolution = config.transformer().inputSize() * autoencoder.factor();
            return new Card(String.valueOf(entry.getFileName()), config, model.drawing(), resolution);
        } catch (RuntimeException _) {
            return null;
        }
    }

    /**
     * Returns what is known of a model.
     *
     * @param model its name; null for the default
     * @throws Problem if there is none of that name
     */
    public Card card(@Nullable String model) {
        Map<String, Card> cards = model == null ? Map.of(firstCard.name, firstCard) : cards();
        Card card = cards.get(model == null ? firstCard.name : model);
        if (card == null) {
            throw new Problem(Problem.Kind.NOT_FOUND, "there is no model '" + model + "'; there are " + cards.keySet());
        }
        return card;
    }

    /** Returns the location of a model, for {@link MmGen#open(String)}. */
    public String location(Card card) {
        return card.name.equals(firstCard.name)
                ? first
                : Objects.requireNonNull(folder).resolve(card.name).toString();
    }

    /** Returns what tells a model from another that was written to the same folder. */
    private String settings(Card card) {
        if (card.name.equals(firstCard.name)) {
            return first;
        }
        Path file = Path.of(location(card)).resolve("config.json");
        try {
            return Files.getLastModifiedTime(file) + " "
                    + Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return "missing";
        }
    }

    /**
     * Returns a model, which is opened if it is not; where too many are open then, the one that was not used for the longest time is
     * closed before. For the thread that draws: another one would lose the model under its hands.
     *
     * @throws Problem if it cannot be opened
     */
    public synchronized MmGen open(Card card) {
        Opened opened = open.remove(card.name);
        String settings = settings(card);
        if (opened != null && !opened.settings.equals(settings)) {
            opened.model.close();
            opened = null;
        }
        while (opened == null && open.size() >= most) {
            open.pollFirstEntry().getValue().model.close();
        }
        try {
            Opened used = opened == null ? new Opened(MmGen.open(location(card), options), settings) : opened;
            open.put(card.name, used);
            return used.model;
        } catch (RuntimeException e) {
            throw new Problem(
                    Problem.Kind.IMPOSSIBLE, "the model '" + card.name + "' cannot be opened: " + e.getMessage(), e);
        } finally {
            openNames = Set.copyOf(open.keySet());
        }
    }

    /** Returns the names of the open models. */
    public Set<String> openNames() {
        return openNames;
    }

    @Override
    public synchronized void close() {
        open.values().forEach(opened -> opened.model.close());
        open.clear();
        openNames = Set.of();
    }
}
