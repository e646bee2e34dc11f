package dev.mmgen.studio.http;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;

/** A failure as a client hears of it: a problem document (RFC 9457) of one status, with a detail that names the remedy. */
public final class Problem extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The kinds of problem: the status, and the title, which is the same for all of a kind. */
    public enum Kind {
        INVALID(400, "The request is not valid"),
        UNAUTHORIZED(401, "The token is missing or wrong"),
        FORBIDDEN(403, "The page of another site must not ask"),
        NOT_FOUND(404, "There is no such thing"),
        WRONG_METHOD(405, "The method does not suit"),
        TIMEOUT(408, "The request took too long to arrive"),
        CONFLICT(409, "The request does not suit the state of things"),
        LENGTH_REQUIRED(411, "The length of the body is not given"),
        TOO_LARGE(413, "The request is too large"),
        WRONG_TYPE(415, "The type of the body does not suit"),
        MISDIRECTED(421, "The request is for another host"),
        IMPOSSIBLE(422, "The request cannot be carried out"),
        FAILED(500, "The server failed"),
        BUSY(503, "The server is busy"),
        FULL(507, "The memory for results is full");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }
    }

    private final Kind kind;

    public Problem(Kind kind, String detail) {
        super(detail);
        this.kind = kind;
    }

    public Problem(Kind kind, String detail, Throwable cause) {
        super(detail, cause);
        this.kind = kind;
    }

    /** Returns the HTTP status. */
    public int status() {
        return kind.status;
    }

    /** Returns the problem document's members. */
    public Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", "about:blank");
        members.put("title", kind.title);
        members.put("status", kind.status);
        members.put("detail", getMessage());
        return members;
    }
}
