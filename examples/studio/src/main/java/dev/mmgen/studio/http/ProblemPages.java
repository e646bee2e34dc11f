package dev.mmgen.studio.http;

import dev.mmgen.torch.json.Json;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** The problem documents of requests that the server refuses before any endpoint sees them, such as headers that are too long. */
public final class ProblemPages extends ErrorHandler {

    /** Bytes that the address and the headers of a request may have together. */
    public static final int HEADER_BYTES = 8192;

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", HttpStatus.getMessage(status));
        problem.put("status", status);
        problem.put("detail", detail(status));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        response.write(true, ByteBuffer.wrap(Json.COMPACT.bytes(problem)), callback);
        return true;
    }

    private static String detail(int status) {
        return status == HttpStatus.URI_TOO_LONG_414 || status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431
                ? "address and headers have more than " + HEADER_BYTES + " bytes together; shorten them"
                : "the request is no HTTP that this server understands; see /v1/openapi.json";
    }
}
