package dev.mmgen.studio.http;

import dev.mmgen.torch.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** One request and its answer, used by the thread that serves it. Reading and writing block, on a virtual thread. */
public final class Exchange {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final long MOST_DISCARDED = 64L << 20;
    private static final long SECONDS = 10;

    private final Request request;
    private final Response response;
    private final Map<String, String> variables;

    Exchange(Request request, Response response, Map<String, String> variables) {
        this.request = request;
        this.response = response;
        this.variables = variables;
    }

    /** Returns what stands in the path for a {@code {variable}} of the endpoint. */
    public String variable(String name) {
        String value = variables.get(name);
        if (value == null) {
            throw new IllegalArgumentException("this endpoint has no variable '" + name + "'");
        }
        return value;
    }

    /** Returns a header of the request, null if it is missing. */
    public @Nullable String header(HttpHeader header) {
        return request.getHeaders().get(header);
    }

    /** Returns a parameter behind the path, null if it is missing. */
    public @Nullable String parameter(String name) {
        return Request.extractQueryParameters(request, StandardCharsets.UTF_8).getValue(name);
    }

    /** Returns a cookie, null if it is missing. */
    @Nullable
    String cookie(String name) {
        return Request.getCookies(request).stream()
                .filter(cookie -> cookie.getName().equals(name))
                .map(HttpCookie::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Returns the request itself, whose content is read once. */
    Request request() {
        return request;
    }

    /** Sets a header of the answer, which must come before its content. */
    public Exchange with(HttpHeader header, String value) {
        response.getHeaders().put(header, value);
        return this;
    }

    /** Sets a header that Jetty has no name for. */
    Exchange with(String header, String value) {
        response.getHeaders().put(header, value);
        return this;
    }

    /** Answers with an object in JSON. */
    public void json(int status, Object value) {
        reply(status, "application/json", Json.COMPACT.bytes(value));
    }

    /** Answers with a problem. */
    void problem(Problem problem) {
        if (problem.status() == 503) {
            with(HttpHeader.RETRY_AFTER, "5");
        }
        reply(problem.status(), "application/problem+json", Json.COMPACT.bytes(problem.toJson()));
    }

    /** Answers without content. */
    public void empty(int status) {
        response.setStatus(status);
        write(ByteBuffer.allocate(0), true);
    }

    /** Answers with some bytes. */
    public void reply(int status, String type, byte[] content) {
        response.setStatus(status);
        with(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
        write(ByteBuffer.wrap(content), true);
    }

    /** Answers with server-sent events. */
    public EventStream events() {
        response.setStatus(200);
        with(HttpHeader.CONTENT_TYPE, "text/event-stream;charset=utf-8");
        OutputStream out = Content.Sink.asOutputStream(response);
        return new EventStream(out);
    }

    /**
     * Reads what is left of the body to nowhere, 64 MiB and 10 seconds of it at most. A connection that ends with bytes unread is
     * reset, and the client, which is still sending, would not see its answer.
     */
    void discard() {
        long until = System.nanoTime() + SECONDS * 1_000_000_000L;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Content.Source.asInputStream(request)) {
            for (long done = 0; done < MOST_DISCARDED && System.nanoTime() < until; ) {
                int read = in.read(buffer);
                if (read < 0) {
                    return;
                }
                done += read;
            }
        } catch (IOException _) {
            // It has gone.
        }
    }

    boolean isCommitted() {
        return response.isCommitted();
    }

    private void write(ByteBuffer content, boolean last) {
        try {
            Content.Sink.write(response, last, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
