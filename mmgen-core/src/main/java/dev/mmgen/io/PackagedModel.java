package dev.mmgen.io;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A model folder inside a module, as a service. A module path brings in no module that nobody requires, and nobody requires
 * weights; but it does bring in the providers of a service. A jar of the class path needs none: its resources are found by name.
 *
 * <p>The provider is a public class without state:
 *
 * <pre>{@code
 * module com.example.model {
 *     requires dev.mmgen;
 *     provides dev.mmgen.io.PackagedModel with com.example.model.Weights;
 * }
 * }</pre>
 */
public interface PackagedModel {

    /** Returns the name of the folder among the module's resources, such as {@code mmgen-model-shapes}. */
    String name();

    /**
     * Opens a file of the folder, which the caller closes.
     *
     * @param file path in the folder, such as {@code config.json}
     * @return null if there is none
     */
    default @Nullable InputStream open(String file) {
        return getClass().getResourceAsStream("/" + name() + "/" + file);
    }
}
