package dev.mmgen.onnx;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A model that cannot be exported, or a file that cannot be written. The message names the part or the file. */
public final class OnnxExportException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    OnnxExportException(String message) {
        this(message, null);
    }

    OnnxExportException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
