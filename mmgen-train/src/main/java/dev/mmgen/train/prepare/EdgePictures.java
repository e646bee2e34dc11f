package dev.mmgen.train.prepare;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.RgbImage;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.label.CannyEdges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;

/**
 * The edges of a data set's photos as a modality to train on, in place of another or as one more. Pictures that exist are
 * not drawn again, so that an interrupted run is resumed by the next.
 */
public final class EdgePictures {

    private final CannyEdges edges;
    private final Path folder;
    private final UnaryOperator<RgbImage> crop;

    private EdgePictures(CannyEdges edges, Path folder, UnaryOperator<RgbImage> crop) {
        this.edges = edges;
        this.folder = folder.toAbsolutePath().normalize();
        this.crop = crop;
    }

    /** Returns edges of photos at their own size. */
    public static EdgePictures of(CannyEdges edges, Path folder) {
        return new EdgePictures(edges, folder, photo -> photo);
    }

    /**
     * Returns edges of centre-cropped photos, cropped as training does it before the edges are drawn: lines one pixel wide
     * would blur if they were made smaller afterwards.
     *
     * @param size side of the square in pixels
     * @throws IllegalArgumentException if it is not positive
     */
    public static EdgePictures cropped(CannyEdges edges, Path folder, int size) {
        return new EdgePictures(edges, folder, new CenterCrop(size)::apply);
    }

    /**
     * Draws the edges of all photos of an index.
     *
     * @param modality the index's name for the edges: {@code mask} replaces the segments, {@code canny} is one more
     * @param onSample called after every sample, with the number of samples done
     * @return the index with the edges in it; the file of a sample is named by its key
     * @throws DataException if a sample has no photo
     * @throws dev.mmgen.image.ImageException if a photo cannot be read or a picture cannot be written
     */
    public JsonlIndex draw(JsonlIndex index, String modality, IntConsumer onSample) {
        List<IndexEntry> entries = new ArrayList<>();
        for (IndexEntry entry : index.entries()) {
            Path file = file(entry.key());
            if (!Files.isRegularFile(file)) {
                edges.of(crop.apply(RgbImage.read(entry.image("rgb")))).write(file);
            }
            Map<String, Path> images = new LinkedHashMap<>(entry.images());
            images.put(modality, file);
            entries.add(new IndexEntry(entry.category(), entry.label(), entry.key(), images));
            onSample.accept(entries.size());
        }
        return JsonlIndex.of(entries);
    }

    private Path file(String key) {
        Path file = folder.resolve(key.endsWith(".png") ? key : key + ".png").normalize();
        if (!file.startsWith(folder)) {
            throw new DataException("the sample key '" + key + "' leads out of " + folder);
        }
        return file;
    }
}
