package dev.mmgen.studio.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;

/**
 * The files of the page, read from the class path by one name without a folder, or of one folder. The page's policy lets it load
 * nothing from elsewhere; the import map, the only script within the page, is known to it by its hash.
 */
public final class PageFiles {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+");
    private static final Pattern IMPORT_MAP =
            Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");

    private final Class<?> owner;
    private final String folder;
    private final String policy;

    /**
     * @param owner  the class in whose package the folder lies
     * @param folder with {@code index.html}
     */
    public PageFiles(Class<?> owner, String folder) {
        this.owner = owner;
        this.folder = folder;
        Matcher map = IMPORT_MAP.matcher(new String(bytes("index.html"), StandardCharsets.UTF_8));
        String hash = map.find() ? " 'sha256-" + sha256(map.group(1)) + "'" : "";
        this.policy =
                "default-src 'none'; connect-src 'self'; style-src 'self'; img-src 'self' blob: data:; script-src 'self'"
                        + hash + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java lacks SHA-256, which every Java has", e);
        }
    }

    /** Returns the endpoint of one file. */
    public Endpoint file(String name) {
        return exchange -> send(exchange, name);
    }

    /** Returns the endpoint of the files of a folder below, by the variable {@code file}. */
    public Endpoint files(String below) {
        return exchange -> send(exchange, below + exchange.variable("file"));
    }

    private void send(Exchange exchange, String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        String type = TYPES.get(last.substring(last.lastIndexOf('.') + 1));
        if (type == null || !NAME.matcher(last).matches()) {
            throw missing(name);
        }
        exchange.with(HttpHeader.CACHE_CONTROL, "no-cache")
                .with("Content-Security-Policy", policy)
                .with("Referrer-Policy", "no-referrer")
                .reply(200, type, bytes(name));
    }

    private byte[] bytes(String name) {
        try (InputStream in = owner.getResourceAsStream(folder + "/" + name)) {
            if (in == null) {
                throw missing(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new Problem(Problem.Kind.FAILED, "the page's file '" + name + "' cannot be read", e);
        }
    }

    private static Problem missing(String name) {
        return new Problem(Problem.Kind.NOT_FOUND, "the page has no file '" + name + "'");
    }
}
