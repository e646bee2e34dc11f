package dev.mmgen.cli.evaluate;

import dev.mmgen.MmGen;
import dev.mmgen.shapes.ShapesWorld;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the edition of the world of shapes whose scenes a model is measured on. */
final class EditionOption {

    @Option(
            names = "--edition",
            paramLabel = "EDITION",
            description =
                    "The edition of the world of shapes: first or second. Default: the one with as many categories as"
                            + " the model has classes, else the first.")
    private @Nullable ShapesWorld edition;

    ShapesWorld of(MmGen mmgen) {
        if (edition != null) {
            return edition;
        }
        int classes = mmgen.config().transformer().classes();
        return classes == ShapesWorld.SECOND.categories().size() ? ShapesWorld.SECOND : ShapesWorld.FIRST;
    }
}
