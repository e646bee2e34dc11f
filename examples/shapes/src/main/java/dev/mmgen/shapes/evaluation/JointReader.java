package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several readers in one, such as a specialist for each modality.
 *
 * @param readers at least one; of a modality that several read, the last one's picture is taken
 */
public record JointReader(List<SceneReader> readers) implements SceneReader {

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public JointReader {
        readers = List.copyOf(readers);
        if (readers.isEmpty()) {
            throw new IllegalArgumentException("a joint reader needs at least one reader");
        }
    }

    @Override
    public boolean random() {
        return readers.stream().anyMatch(SceneReader::random);
    }

    @Override
    public List<MultiModalImage> read(List<Rendering> scenes, long seed) {
        List<Map<Modality, RgbImage>> joined = new ArrayList<>();
        scenes.forEach(_ -> joined.add(new LinkedHashMap<>()));
        for (SceneReader reader : readers) {
            List<MultiModalImage> images = reader.read(scenes, seed);
            for (int i = 0; i < images.size(); i++) {
                joined.get(i).putAll(images.get(i).pictures());
            }
        }
        return joined.stream().map(MultiModalImage::new).toList();
    }
}
