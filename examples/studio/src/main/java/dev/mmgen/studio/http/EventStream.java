package dev.mmgen.studio.http;

import dev.mmgen.torch.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A stream of server-sent events to one client. */
public final class EventStream implements AutoCloseable {

    private final OutputStream out;

    EventStream(OutputStream out) {
        this.out = out;
    }

    /**
     * Sends an event.
     *
     * @param name of its kind
     * @param data in JSON, which has no line breaks
     * @throws IOException if the client has gone
     */
    public void send(String name, Object data) throws IOException {
        write("event: " + name + "\ndata: " + Json.COMPACT.write(data) + "\n\n");
    }

    /** Sends a comment, so that proxies keep the connection and a client that has gone is noticed. */
    public void beat() throws IOException {
        write(": \n\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
