package dev.mmgen.studio.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;

/**
 * The check of who may ask. Without a token the studio is for its own machine: the host must be a name of the loopback address, so
 * that no other site's name can be pointed at it (DNS rebinding). With a token every request must bring it: in the header
 * {@code Authorization: Bearer TOKEN}, or in the cookie that the page sets when it is opened at {@code /?token=TOKEN}. In both cases
 * a page of another site must not ask: its {@code Origin} differs from the host.
 */
public final class Gate {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String COOKIE = "mmgen-studio";
    private static final String BEARER = "Bearer ";

    private final @Nullable String token;

    public Gate(@Nullable String token) {
        this.token = token;
    }

    /**
     * Lets a request pass, unless it hands in the token of the page, which is answered here.
     *
     * @return true if it is answered
     * @throws Problem if it must not pass
     */
    boolean open(Exchange exchange) {
        HttpURI uri = exchange.request().getHttpURI();
        String host = Objects.requireNonNullElse(uri.getHost(), "").toLowerCase(Locale.ROOT);
        if (token == null && !LOOPBACK.contains(host)) {
            throw new Problem(
                    Problem.Kind.MISDIRECTED,
                    "the studio answers to localhost, not to '" + host + "'; start it with a token for other names");
        }
        requireOwnOrigin(exchange, uri);
        if (token == null) {
            return false;
        }
        String given = exchange.parameter("token");
        if (given != null && uri.getPath().equals("/") && isToken(given)) {
            exchange.with(HttpHeader.SET_COOKIE, COOKIE + "=" + given + "; Path=/; HttpOnly; SameSite=Strict")
                    .with(HttpHeader.LOCATION, "/")
                    .empty(303);
            return true;
        }
        String header = exchange.header(HttpHeader.AUTHORIZATION);
        boolean known = header != null && header.startsWith(BEARER)
                ? isToken(header.substring(BEARER.length()))
                : isToken(exchange.cookie(COOKIE));
        if (!known) {
            throw new Problem(
                    Problem.Kind.UNAUTHORIZED,
                    "open the page at /?token=TOKEN, or send the header 'Authorization: Bearer TOKEN'");
        }
        return false;
    }

    private static void requireOwnOrigin(Exchange exchange, HttpURI uri) {
        String origin = exchange.header(HttpHeader.ORIGIN);
        String site = exchange.request().getHeaders().get("Sec-Fetch-Site");
        boolean foreign = "cross-site".equals(site) && !uri.getPath().equals("/");
        if (foreign || (origin != null && !isOwn(origin, uri))) {
            throw new Problem(Problem.Kind.FORBIDDEN, "use the studio's own page, or a program that sends no Origin");
        }
    }

    private static boolean isOwn(String origin, HttpURI uri) {
        try {
            URI from = URI.create(origin);
            return uri.getScheme().equalsIgnoreCase(from.getScheme())
                    && Objects.requireNonNullElse(from.getHost(), "").equalsIgnoreCase(uri.getHost())
                    && from.getPort() == uri.getPort();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /** Compares in a time that does not depend on the place of the first difference. */
    private boolean isToken(@Nullable String given) {
        return given != null
                && token != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
