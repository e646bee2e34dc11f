package dev.mmgen.studio.model;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.studio.http.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models that a studio can use: the one it was started with, and those in a folder, by the names of their folders. One is open
 * at a time, since a large model fills the memory; the thread that draws opens another when a request names it. Clients name
 * models, never paths.
 */
public final class ModelShelf implements AutoCloseable {

    private final String first;
    private final @Nullable Path folder;
    private final MmGenOptions options;
    private final Card firstCard;
    private String name;
    private @Nullable MmGen open;

    /**
     * The facts of a model that is not open.
     *
     * @param name       by which requests call it
     * @param config     its settings
     * @param resolution height and width of the pictures that it was trained on
     */
    public record Card(String name, ModelConfig config, int resolution) {}

    /**
     * Opens the first model.
     *
     * @param location a model folder, or {@code classpath:} and the name of one among the resources
     * @param folder   of the folders of others; null for none
     */
    public ModelShelf(String location, @Nullable Path folder, MmGenOptions options) {
        this.first = location;
        this.folder = folder;
        this.options = options;
        MmGen model = MmGen.open(location, options);
        String last = location.substring(location.lastIndexOf(':') + 1);
        this.name = String.valueOf(Path.of(last).toAbsolutePath().normalize().getFileName());
        this.firstCard = new Card(name, model.config(), model.resolution());
        this.open = model;
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
        try (InputStream in = Files.newInputStream(entry.resolve("config.json"))) {
            ModelConfig config = ModelConfig.read(in);
            AutoencoderConfig autoencoder = AutoencoderFolder.config(entry.resolve(ModelFolder.AUTOENCODER));
            int resolution = config.transformer().inputSize() * autoencoder.factor();
            return new Card(String.valueOf(entry.getFileName()), config, resolution);
        } catch (IOException | RuntimeException _) {
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

    /**
     * Opens a model and closes the one before, on the thread that draws.
     *
     * @throws Problem if it cannot be opened; the one before is closed then, too
     */
    public synchronized MmGen open(Card card) {
        if (open != null && name.equals(card.name)) {
            return open;
        }
        close();
        try {
            MmGen model = MmGen.open(location(card), options);
            name = card.name;
            open = model;
            return model;
        } catch (RuntimeException e) {
            throw new Problem(
                    Problem.Kind.IMPOSSIBLE, "the model '" + card.name + "' cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Returns the name of the open model; null if none is. */
    public synchronized @Nullable String openName() {
        return open == null ? null : name;
    }

    @Override
    public synchronized void close() {
        MmGen model = open;
        open = null;
        if (model != null) {
            model.close();
        }
    }
}
