package dev.mmgen.model.shapes;

import dev.mmgen.io.PackagedModel;
import org.jspecify.annotations.NullMarked;

/** The weights' address on a module path, where resources of a module that nobody names are not found. */
@NullMarked
public final class ShapesModel implements PackagedModel {

    @Override
    public String name() {
        return "mmgen-model-shapes";
    }
}
