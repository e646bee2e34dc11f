package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of the category that new images show. */
final class CategoryOption {

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

    @Option(
            names = {"-c", "--category"},
            paramLabel = "CATEGORY",
            description = "The category of new images: its number, from 0, or its name in the model folder."
                    + " Default: none.")
    private @Nullable String category;

    void addTo(ImageRequestBuilder request) {
        if (category == null) {
            return;
        }
        if (NUMBER.matcher(category).matches()) {
            request.category(Integer.parseInt(category));
        } else {
            request.category(category);
        }
    }

    /** Returns the name of files that show the category. */
    String fileName() {
        return category == null ? "generated" : "category-" + category.replaceAll("[^\\p{L}\\p{N}._-]+", "_");
    }
}
