package dev.mmgen;

import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.TimeGrid;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The texts that tell how an image was drawn, so that it can be drawn again: {@link MultiModalImage#trace}. */
final class Trace {

    private Trace() {}

    /**
     * Returns the texts of one of a request's images.
     *
     * @param model  its name, without folders
     * @param type   that it computes in; null where only its maker knows
     * @param guide  the name of the weaker model that guides; null for none
     * @param number of the image among those of the seed, from 0
     */
    static Map<String, String> of(
            String model, @Nullable String type, @Nullable String guide, ImageRequest request, int number) {
        String version = Trace.class.getPackage().getImplementationVersion();
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("Software", version == null ? "MMGen for Java" : "MMGen for Java " + version);
        texts.put("Model", model);
        if (type != null) {
            texts.put("Type", type);
        }
        texts.put("Seed", Long.toString(request.series().seed()));
        texts.put("Image", Integer.toString(number));
        texts.put("Size", request.width() + " x " + request.height());
        texts.put("Sampler", name(request.method().sampler()));
        TimeGrid grid = request.method().grid();
        texts.put("Steps", Integer.toString(grid == null ? request.method().steps() : grid.steps()));
        if (grid != null) {
            texts.put("Times", grid.times().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        } else if (request.method().shift() != 1) {
            texts.put("Shift", Double.toString(request.method().shift()));
        }
        Guidance guidance = request.method().guidance();
        texts.put("Guidance", text(guidance));
        if (guide != null && guidance.scale() != 1) {
            texts.put("Guide", guide);
        }
        if (guidance.conditionScale() != 1 && !request.given().conditions().isEmpty()) {
            texts.put("Condition guidance", Double.toString(guidance.conditionScale()));
        }
        if (request.given().fit() != Fit.CROP) {
            texts.put("Fit", request.given().fit().name().toLowerCase(Locale.ROOT));
        }
        if (request.series().ensemble() > 1) {
            texts.put("Ensemble", Integer.toString(request.series().ensemble()));
        }
        if (request.category() != SamplingRequest.NO_CLASS) {
            texts.put("Category", Integer.toString(request.category()));
        }
        if (!request.given().conditions().isEmpty()) {
            texts.put("Conditions", names(request.given().conditions()));
        }
        if (request.given().inpainting() != null) {
            texts.put("Inpainted", names(request.given().inpainting().image().pictures()));
        }
        if (request.given().start() != null) {
            texts.put("Strength", Double.toString(request.given().start().strength()));
        }
        return Collections.unmodifiableMap(texts);
    }

    /** A user's own sampler has the name of its class. */
    private static String name(Sampler sampler) {
        return Sampler.names().stream()
                .filter(name -> Sampler.named(name).equals(sampler))
                .findFirst()
                .orElseGet(() -> sampler.getClass().getName());
    }

    private static String text(Guidance guidance) {
        boolean always = guidance.low() == 0 && guidance.high() == 1;
        return always
                ? Double.toString(guidance.scale())
                : guidance.scale() + " from " + guidance.low() + " to " + guidance.high();
    }

    private static String names(Map<Modality, ?> modalities) {
        return modalities.keySet().stream().map(Modality::name).collect(Collectors.joining(", "));
    }
}
