package dev.mmgen.image;

import java.io.Serial;

/**
 * The failure to read, write or resize an image. The message names the file, the fault and the remedy.
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
