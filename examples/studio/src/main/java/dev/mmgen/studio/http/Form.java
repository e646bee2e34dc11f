package dev.mmgen.studio.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The body of a request: settings in JSON, alone ({@code application/json}) or as the part {@code request} of a form
 * ({@code multipart/form-data}), whose other parts are files by name. It is held in memory only, and takes its place there until
 * it is closed.
 */
public final class Form implements AutoCloseable {

    private static final int MAX_PARTS = 70;
    private static final int HEADER_BYTES = 4096;
    private static final long SECONDS = 60;
    private static final String SETTINGS = "request";

    private final UploadRoom.Place place;
    private final ObjectNode settings;
    private final Map<String, byte[]> files;

    private Form(UploadRoom.Place place, ObjectNode settings, Map<String, byte[]> files) {
        this.place = place;
        this.settings = settings;
        this.files = files;
    }

    /**
     * Reads the body to its end.
     *
     * @throws Problem if it is not such a form, cut off, too large, too slow, or has no length
     */
    public static Form read(Exchange exchange, UploadRoom room) {
        Request request = exchange.request();
        long length = request.getLength();
        if (length < 0) {
            throw new Problem(
                    Problem.Kind.LENGTH_REQUIRED, "send a body with the header Content-Length, not one in chunks");
        }
        String type = Objects.requireNonNullElse(exchange.header(HttpHeader.CONTENT_TYPE), "");
        String media = type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        boolean form = media.equals("multipart/form-data");
        if (!form && !media.equals("application/json")) {
            throw new Problem(
                    Problem.Kind.WRONG_TYPE,
                    "the body is of type '" + media + "'; send application/json, or multipart/form-data with files");
        }
        UploadRoom.Place place = room.take(length);
        try {
            byte[] body = bytes(request, (int) length);
            return form ? ofParts(place, request, type, body) : new Form(place, object(body), Map.of());
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    private static byte[] bytes(Request request, int length) {
        long began = System.nanoTime();
        byte[] body = new byte[length];
        try (InputStream in = Content.Source.asInputStream(request)) {
            for (int done = 0; done < length; ) {
                int read = in.read(body, done, length - done);
                if (read < 0) {
                    throw new EOFException();
                }
                done += read;
                if (System.nanoTime() - began > SECONDS * 1_000_000_000L) {
                    throw new Problem(
                            Problem.Kind.TIMEOUT, "the body took more than " + SECONDS + " s; send it faster");
                }
            }
            return body;
        } catch (IOException e) {
            throw new Problem(Problem.Kind.INVALID, "the body ends before its " + length + " bytes; send it whole", e);
        }
    }

    private static Form ofParts(UploadRoom.Place place, Request request, String type, byte[] body) {
        MultiPartConfig config = new MultiPartConfig.Builder()
                .maxParts(MAX_PARTS)
                .maxSize(body.length)
                .maxPartSize(body.length)
                .maxMemoryPartSize(body.length)
                .maxHeadersSize(HEADER_BYTES)
                .useFilesForPartsWithoutFileName(false)
                .build();
        Content.Source source = Content.Source.from(ByteBuffer.wrap(body));
        try (MultiPartFormData.Parts parts = MultiPartFormData.getParts(source, request, type, config)) {
            ObjectNode settings = null;
            Map<String, byte[]> files = new LinkedHashMap<>();
            for (MultiPart.Part part : parts) {
                String name = Objects.requireNonNullElse(part.getName(), "");
                byte[] content = content(part);
                if (name.equals(SETTINGS) ? settings != null : files.containsKey(name)) {
                    throw new Problem(Problem.Kind.INVALID, "the form has two parts '" + name + "'; send one");
                }
                if (name.equals(SETTINGS)) {
                    settings = object(content);
                } else {
                    files.put(name, content);
                }
            }
            return new Form(place, settings == null ? Json.COMPACT.object() : settings, files);
        } catch (Problem e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new Problem(
                    Problem.Kind.INVALID, "the body is no form of multipart/form-data; it is damaged or cut off", e);
        }
    }

    private static byte[] content(MultiPart.Part part) throws IOException {
        try (InputStream in = Content.Source.asInputStream(part.createContentSource())) {
            return in.readAllBytes();
        }
    }

    private static ObjectNode object(byte[] text) {
        try {
            JsonNode tree = Json.COMPACT.tree(text);
            if (tree instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonException e) {
            throw new Problem(Problem.Kind.INVALID, "the settings are no JSON: " + e.getMessage(), e);
        }
        throw new Problem(Problem.Kind.INVALID, "the settings must be a JSON object, such as {\"seed\": 7}");
    }

    /** Returns the settings; empty where there are none. */
    public ObjectNode settings() {
        return settings;
    }

    /** Returns the files by the names of their parts. */
    public Map<String, byte[]> files() {
        return files;
    }

    @Override
    public void close() {
        place.close();
    }
}
