package dev.mmgen.studio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A client of a studio, as a program of a user's own would be one. */
final class StudioClient {

    static final String BOUNDARY = "a-boundary-that-no-picture-has";

    private final URI page;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    StudioClient(Studio studio) {
        this.page = studio.page();
    }

    HttpClient http() {
        return http;
    }

    URI uri(String path) {
        return page.resolve(path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(120));
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("no answer", e);
        }
    }

    HttpResponse<byte[]> get(String path) {
        return send(request(path));
    }

    HttpResponse<byte[]> post(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
    }

    /** A form in the making. */
    static final class Form {

        private final List<Map.Entry<String, byte[]>> parts = new ArrayList<>();

        static Form of(String settings) {
            Form form = new Form();
            return form.with("request", settings.getBytes(StandardCharsets.UTF_8));
        }

        Form with(String name, RgbImage picture) {
            return with(name, picture.encoded(ImageFormat.PNG));
        }

        Form with(String name, byte[] file) {
            parts.add(Map.entry(name, file));
            return this;
        }

        byte[] bytes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            parts.forEach(part -> {
                String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + part.getKey()
                        + "\"; filename=\"../../" + part.getKey() + "\"\r\n\r\n";
                out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
                out.writeBytes(part.getValue());
                out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
            });
            out.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
            return out.toByteArray();
        }
    }

    HttpResponse<byte[]> post(String path, Form form) {
        return post(path, form.bytes());
    }

    HttpResponse<byte[]> post(String path, byte[] body) {
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(body)));
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        return Json.COMPACT.tree(response.body());
    }

    /** Waits for the end of the job that a request was answered with. */
    ObjectNode end(HttpResponse<byte[]> accepted) throws InterruptedException {
        if (accepted.statusCode() != 202) {
            throw new AssertionError(accepted.statusCode() + " " + new String(accepted.body(), StandardCharsets.UTF_8));
        }
        String job = "/v1/jobs/" + json(accepted).get("id").textValue();
        while (true) {
            ObjectNode state = (ObjectNode) json(get(job));
            if (!state.get("state").textValue().matches("queued|running")) {
                return state;
            }
            Thread.sleep(20);
        }
    }

    /** Waits for the images of a job. */
    JsonNode images(HttpResponse<byte[]> accepted) throws InterruptedException {
        ObjectNode end = end(accepted);
        if (!end.get("state").textValue().equals("done")) {
            throw new AssertionError(end.toString());
        }
        return end.get("images");
    }
}
