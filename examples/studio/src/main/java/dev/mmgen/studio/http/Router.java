package dev.mmgen.studio.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints by method and path. A part of a path in braces, {@code /v1/jobs/{id}}, stands for any one part. Whatever fails
 * becomes a problem document; what is behind a failure of the server itself is said on the error stream, not to the client.
 */
public final class Router extends Handler.Abstract {

    private final Gate gate;
    private final List<Route> routes = new ArrayList<>();

    public Router(Gate gate) {
        this.gate = gate;
    }

    private record Route(String method, List<String> pattern, Endpoint endpoint) {

        /** Returns the variables of a path that fits, else null. */
        @Nullable
        Map<String, String> match(List<String> path) {
            if (path.size() != pattern.size()) {
                return null;
            }
            Map<String, String> variables = new HashMap<>();
            for (int i = 0; i < path.size(); i++) {
                String part = pattern.get(i);
                if (part.startsWith("{")) {
                    variables.put(part.substring(1, part.length() - 1), path.get(i));
                } else if (!part.equals(path.get(i))) {
                    return null;
                }
            }
            return variables;
        }
    }

    /** Adds an endpoint. */
    public Router on(String method, String pattern, Endpoint endpoint) {
        routes.add(new Route(method, parts(pattern), endpoint));
        return this;
    }

    private static List<String> parts(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Exchange exchange = new Exchange(request, response, Map.of());
        try {
            exchange.with(HttpHeader.CACHE_CONTROL, "no-store").with("X-Content-Type-Options", "nosniff");
            if (!gate.open(exchange)) {
                serve(request, response);
            }
            callback.succeeded();
        } catch (Throwable e) {
            fail(exchange, e, callback);
        }
        return true;
    }

    private void serve(Request request, Response response) throws Exception {
        List<String> path = parts(Request.getPathInContext(request));
        Set<String> methods = new LinkedHashSet<>();
        for (Route route : routes) {
            Map<String, String> variables = route.match(path);
            if (variables == null) {
                continue;
            }
            if (route.method.equals(request.getMethod())) {
                route.endpoint.serve(new Exchange(request, response, variables));
                return;
            }
            methods.add(route.method);
        }
        if (methods.isEmpty()) {
            throw new Problem(
                    Problem.Kind.NOT_FOUND, "there is nothing at this path; /v1/openapi.json lists what there is");
        }
        response.getHeaders().put(HttpHeader.ALLOW, String.join(", ", methods));
        throw new Problem(
                Problem.Kind.WRONG_METHOD,
                "this path takes " + String.join(", ", methods) + ", not " + request.getMethod());
    }

    private static void fail(Exchange exchange, Throwable failure, Callback callback) {
        if (exchange.isCommitted() || isGone(failure)) {
            callback.failed(failure);
            return;
        }
        Problem problem = problem(failure);
        try {
            exchange.with(HttpHeader.CONNECTION, "close").problem(problem);
            exchange.discard();
            callback.succeeded();
        } catch (RuntimeException e) {
            callback.failed(e);
        }
    }

    /** Returns true if the client has gone, which is no fault. One that ends its body too early may still read the answer. */
    private static boolean isGone(Throwable failure) {
        return failure instanceof EofException
                || failure.getCause() instanceof EofException && !(failure instanceof Problem);
    }

    /** Returns a failure as a client hears of it. */
    public static Problem problem(Throwable failure) {
        return switch (failure) {
            case Problem problem -> problem;
            case CancellationException e -> new Problem(Problem.Kind.CONFLICT, "the request was cancelled", e);
            case OutOfMemoryError e ->
                new Problem(
                        Problem.Kind.BUSY,
                        "there is not enough memory; ask for smaller or fewer images, or start Java with a larger -Xmx",
                        e);
            default -> {
                failure.printStackTrace(System.err);
                yield new Problem(
                        Problem.Kind.FAILED,
                        "an error of the server, of which its error stream tells more: "
                                + failure.getClass().getSimpleName(),
                        failure);
            }
        };
    }
}
