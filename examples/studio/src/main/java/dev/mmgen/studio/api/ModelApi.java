package dev.mmgen.studio.api;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.job.JobQueue;
import dev.mmgen.studio.limit.Limits;
import dev.mmgen.studio.model.ModelShelf;
import dev.mmgen.torch.Libtorch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The requests about what the studio runs on: its models, and the machine below. */
public final class ModelApi {

    private final ModelShelf models;
    private final JobQueue queue;
    private final Limits limits;

    public ModelApi(ModelShelf models, JobQueue queue, Limits limits) {
        this.models = models;
        this.queue = queue;
        this.limits = limits;
    }

    /** Adds the endpoints. */
    public void addTo(Router router) {
        router.on("GET", "/v1/models", this::models).on("GET", "/v1/doctor", ModelApi::doctor);
    }

    private void models(Exchange exchange) {
        List<Map<String, Object>> all = new ArrayList<>();
        Set<String> open = models.openNames();
        models.cards().values().forEach(card -> all.add(json(card, open.contains(card.name()))));
        exchange.json(
                200,
                Map.of(
                        "default", models.defaultName(),
                        "models", all,
                        "queue", queue.length(),
                        "limits",
                                Map.of(
                                        "bodyBytes", limits.bodyBytes(),
                                        "photoPixels", limits.photoPixels(),
                                        "drawnPixels", limits.drawnPixels(),
                                        "images", limits.images(),
                                        "steps", limits.steps(),
                                        "ensemble", limits.ensemble(),
                                        "queue", limits.queue(),
                                        "seconds", limits.time().toSeconds())));
    }

    private static Map<String, Object> json(ModelShelf.Card card, boolean open) {
        ModelConfig config = card.config();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", card.name());
        json.put("open", open);
        json.put("resolution", card.resolution());
        json.put(
                "modalities",
                config.modalities().list().stream().map(ModelApi::json).toList());
        json.put("classes", config.transformer().classes());
        json.put("categories", config.categories());
        json.put("distilled", config.distilled());
        json.put("drawing", json(card.drawing()));
        json.put("inpainting", json(config.sampling()));
        json.put("reading", json(config.reading()));
        return json;
    }

    private static Map<String, Object> json(Modality modality) {
        return Map.of("name", modality.name(), "displayName", modality.displayName());
    }

    private static Map<String, Object> json(SamplingDefaults defaults) {
        return Map.of(
                "sampler", defaults.sampler(),
                "steps", defaults.steps(),
                "shift", defaults.shift(),
                "guidance", defaults.guidance().scale(),
                "conditionGuidance", defaults.guidance().conditionScale());
    }

    private static void doctor(Exchange exchange) {
        List<String> lines = new ArrayList<>();
        lines.add("java       " + Runtime.version());
        lines.add("system     " + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        lines.add("heap       up to " + (Runtime.getRuntime().maxMemory() >> 20) + " MB");
        lines.addAll(Libtorch.describe().lines());
        exchange.json(200, Map.of("lines", lines));
    }
}
