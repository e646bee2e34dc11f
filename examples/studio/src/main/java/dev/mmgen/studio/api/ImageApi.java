package dev.mmgen.studio.api;

import dev.mmgen.studio.album.Album;
import dev.mmgen.studio.album.ImageFiles;
import dev.mmgen.studio.album.StoredImage;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;

/** The requests about results: their files, and which are kept. */
public final class ImageApi {

    private static final int WAIT_SECONDS = 30;

    private final Album album;

    /** Files are made when they are asked for; more than a few at once would take too much memory. */
    private final Semaphore makers = new Semaphore(4);

    public ImageApi(Album album) {
        this.album = album;
    }

    /** Adds the endpoints. */
    public void addTo(Router router) {
        router.on("GET", "/v1/images", this::kept)
                .on("GET", "/v1/images/{id}", exchange -> describe(exchange, exchange.variable("id")))
                .on("PUT", "/v1/images/{id}/kept", exchange -> keep(exchange, true))
                .on("DELETE", "/v1/images/{id}/kept", exchange -> keep(exchange, false))
                .on("DELETE", "/v1/images/{id}", exchange -> {
                    album.remove(exchange.variable("id"));
                    exchange.empty(204);
                })
                .on("GET", "/v1/images/{id}/{file}", this::file);
    }

    private void kept(Exchange exchange) {
        exchange.json(
                200,
                Map.of(
                        "images",
                        album.kept().stream().map(image -> image.toJson(true)).toList()));
    }

    private void describe(Exchange exchange, String id) {
        exchange.json(200, album.get(id).toJson(album.isKept(id)));
    }

    private void keep(Exchange exchange, boolean kept) {
        String id = exchange.variable("id");
        album.keep(id, kept);
        describe(exchange, id);
    }

    private void file(Exchange exchange) throws InterruptedException {
        StoredImage image = album.get(exchange.variable("id"));
        String name = exchange.variable("file");
        String type = ImageFiles.type(name);
        if (!makers.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new Problem(Problem.Kind.BUSY, "others are fetching files now; try again in a few seconds");
        }
        try {
            byte[] file = new ImageFiles(image).file(name);
            exchange.with(HttpHeader.CACHE_CONTROL, "private, max-age=600").reply(200, type, file);
        } finally {
            makers.release();
        }
    }
}
