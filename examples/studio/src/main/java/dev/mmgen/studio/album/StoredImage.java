package dev.mmgen.studio.album;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.MultiModalImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.studio.http.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * An image in the memory of the studio.
 *
 * @param id       that nobody can guess
 * @param kind     of the request, such as {@code generate}
 * @param settings of the request, with which it is drawn again
 * @param image    itself
 * @param extras   further files by name, such as {@code scene.glb}
 */
public record StoredImage(
        String id, String kind, ObjectNode settings, MultiModalImage image, Map<String, byte[]> extras) {

    /** Three bytes of the picture and three floats of its numbers for each pixel of a modality. */
    private static final int PIXEL_BYTES = 15;

    public StoredImage {
        extras = Map.copyOf(extras);
    }

    /** Returns about how many bytes of memory it takes. */
    long bytes() {
        long pixels = (long) image.width() * image.height();
        long maps = image.uncertain().size() * 4L;
        return pixels * (image.pictures().size() * PIXEL_BYTES + maps)
                + extras.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /**
     * Returns the modality of a name.
     *
     * @throws Problem if the image does not have it
     */
    Modality modality(String name) {
        try {
            Modality modality = Modality.named(name);
            image.get(modality);
            return modality;
        } catch (NoSuchElementException | IllegalArgumentException e) {
            throw new Problem(Problem.Kind.NOT_FOUND, String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns what a client hears of it. */
    public Map<String, Object> toJson(boolean kept) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("kind", kind);
        members.put("width", image.width());
        members.put("height", image.height());
        members.put("modalities", names(image.pictures().keySet().stream().toList()));
        members.put("uncertain", names(image.uncertain().stream().toList()));
        members.put("settings", settings);
        members.put("trace", image.trace());
        members.put("extras", extras.keySet().stream().sorted().toList());
        members.put("kept", kept);
        return members;
    }

    private static List<String> names(List<Modality> modalities) {
        return modalities.stream().map(Modality::name).toList();
    }
}
