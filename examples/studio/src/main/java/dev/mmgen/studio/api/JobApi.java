package dev.mmgen.studio.api;

import dev.mmgen.studio.album.Album;
import dev.mmgen.studio.http.EventStream;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.job.Job;
import dev.mmgen.studio.job.JobQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The requests about jobs: how one stands, its events, and its end. */
public final class JobApi {

    private final JobQueue queue;
    private final Album album;
    private final Listeners listeners;

    public JobApi(JobQueue queue, Album album, Listeners listeners) {
        this.queue = queue;
        this.album = album;
        this.listeners = listeners;
    }

    /** Adds the endpoints. */
    public void addTo(Router router) {
        router.on(
                        "GET",
                        "/v1/jobs/{id}",
                        exchange -> exchange.json(200, json(job(exchange).view())))
                .on("DELETE", "/v1/jobs/{id}", exchange -> {
                    Job job = job(exchange);
                    queue.cancel(job);
                    exchange.json(202, json(job.view()));
                })
                .on("GET", "/v1/jobs/{id}/events", this::events);
    }

    private Job job(Exchange exchange) {
        return queue.get(exchange.variable("id"));
    }

    /** Sends {@code job} after every change and {@code preview} after every new one, until the end. */
    private void events(Exchange exchange) throws IOException, InterruptedException {
        listeners.follow(exchange, new Followed(job(exchange)));
    }

    /** A job as one client hears of it. */
    private final class Followed implements Listeners.Source {

        private final Job job;
        private int shown;

        Followed(Job job) {
            this.job = job;
        }

        @Override
        public Listeners.Heard tell(EventStream events) throws IOException {
            Job.View view = job.view();
            Job.Preview preview = view.preview();
            if (preview != null && preview.number() > shown) {
                shown = preview.number();
                events.send("preview", json(preview));
            }
            events.send("job", json(view));
            return new Listeners.Heard(view.version(), view.state().isEnd());
        }

        @Override
        public boolean awaitChange(long since, Duration longest) throws InterruptedException {
            return job.await(since, longest).version() != since;
        }
    }

    private static Map<String, Object> json(Job.Preview preview) {
        List<Map<String, String>> images = new ArrayList<>();
        for (Map<String, byte[]> image : preview.images()) {
            Map<String, String> pictures = new LinkedHashMap<>();
            image.forEach((name, png) -> pictures.put(
                    name, "data:image/png;base64," + Base64.getEncoder().encodeToString(png)));
            images.add(pictures);
        }
        return Map.of("first", preview.first(), "images", images);
    }

    private Map<String, Object> json(Job.View view) {
        Map<String, Object> json = view.json();
        List<Map<String, Object>> images = new ArrayList<>();
        for (String id : view.images()) {
            try {
                images.add(album.get(id).toJson(album.isKept(id)));
            } catch (Problem _) {
                // It has gone, as results do that nobody fetched.
            }
        }
        json.put("images", images);
        return json;
    }
}
