package dev.mmgen;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The windows through which a request sees photos that are not of its size, and the joining of what was drawn in them.
 *
 * @param request    with photos of any size
 * @param placements of its windows
 */
record Windows(ImageRequest request, List<Placement> placements) {

    static Windows of(ImageRequest request) {
        ImageRequest.Given given = request.given();
        RgbImage photo = given.conditions().values().iterator().next();
        return new Windows(request, Placement.of(given.fit(), photo, request.width(), request.height()));
    }

    /** Returns a request of the model's size for each window. */
    List<ImageRequest> requests() {
        ImageRequest.Given given = request.given();
        ImageRequest.Start start = given.start();
        return placements.stream()
                .map(placement -> new ImageRequest.Given(
                        cut(given.conditions(), placement),
                        Fit.CROP,
                        given.inpainting(),
                        start == null
                                ? null
                                : new ImageRequest.Start(
                                        new MultiModalImage(cut(start.image().pictures(), placement)),
                                        start.strength())))
                .map(request::withGiven)
                .toList();
    }

    private static Map<Modality, RgbImage> cut(Map<Modality, RgbImage> pictures, Placement placement) {
        Map<Modality, RgbImage> cut = new LinkedHashMap<>();
        pictures.forEach((modality, picture) -> cut.put(modality, placement.cut(picture)));
        return cut;
    }

    /** Joins what was drawn in the windows to an image of the photo's size. */
    MultiModalImage join(List<MultiModalImage> drawn, Map<String, String> trace) {
        RgbImage photo = request.given().conditions().values().iterator().next();
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        Map<Modality, FloatImage> numbers = new LinkedHashMap<>();
        Map<Modality, FloatMap> uncertainty = new LinkedHashMap<>();
        for (Modality modality : drawn.getFirst().pictures().keySet()) {
            RgbImage condition = request.given().conditions().get(modality);
            if (condition != null) {
                pictures.put(modality, condition);
                continue;
            }
            FloatImage joined = join(
                    modality,
                    drawn.stream().map(image -> image.numbers(modality)).toList());
            if (modality.equals(Modality.NORMAL)) {
                joined = NormalMap.of(joined).toFloatImage(); // Means of directions are shorter than 1.
            }
            numbers.put(modality, joined);
            pictures.put(modality, joined.toRgbImage(Quantization.TRUNCATE));
            if (drawn.getFirst().uncertain().contains(modality)) {
                List<FloatImage> maps = drawn.stream()
                        .map(image -> repeated(image.uncertainty(modality)))
                        .toList();
                float[] values = join(Modality.RGB, maps).values();
                float[] first = Arrays.copyOf(values, values.length / 3);
                uncertainty.put(modality, new FloatMap(photo.width(), photo.height(), first));
            }
        }
        return new MultiModalImage(pictures, numbers, uncertainty, trace);
    }

    /** Returns what the windows show of one modality, as one picture. */
    private FloatImage join(Modality modality, List<FloatImage> windows) {
        boolean smooth = !modality.equals(Modality.SEGMENTATION);
        if (placements.size() == 1) {
            return placements.getFirst().back(windows.getFirst(), smooth);
        }
        RgbImage photo = request.given().conditions().values().iterator().next();
        Mosaic mosaic = new Mosaic(photo.width(), photo.height(), modality);
        for (int i = 0; i < placements.size(); i++) {
            mosaic.add(placements.get(i).photo(), placements.get(i).back(windows.get(i), smooth));
        }
        return mosaic.joined();
    }

    private static FloatImage repeated(FloatMap map) {
        float[] values = new float[3 * map.values().length];
        for (int channel = 0; channel < 3; channel++) {
            System.arraycopy(map.values(), 0, values, channel * map.values().length, map.values().length);
        }
        return new FloatImage(map.width(), map.height(), values);
    }
}
