package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What new images show. */
final class CategoryOption {

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

    @Option(
            names = {"-c", "--category"},
            paramLabel = "CATEGORY",
            description =
                    "What new images show: a category's number, from 0, or the name that the model's folder has for it."
                            + " Default: left open.")
    private @Nullable String category;

    void addTo(ImageRequest request) {
        if (category == null) {
            return;
        }
        if (NUMBER.matcher(category).matches()) {
            request.category(Integer.parseInt(category));
        } else {
            request.category(category);
        }
    }

    /** Returns what files are called that show it. */
    String fileName() {
        return category == null ? "generated" : "category-" + category.replaceAll("[^\\p{L}\\p{N}._-]+", "_");
    }
}
