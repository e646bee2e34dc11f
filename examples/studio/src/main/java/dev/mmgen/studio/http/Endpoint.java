package dev.mmgen.studio.http;

/** The answer to the requests of one method and path. */
@FunctionalInterface
public interface Endpoint {

    /**
     * Answers a request.
     *
     * @throws Problem for what the client must know; other exceptions become {@link Problem.Kind#FAILED}
     */
    void serve(Exchange exchange) throws Exception;
}
