package dev.mmgen.image;

import java.io.Serial;

/**
 * An image that could not be read, written or resized. The message names the file and says what to do.
 */
public final class ImageException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
