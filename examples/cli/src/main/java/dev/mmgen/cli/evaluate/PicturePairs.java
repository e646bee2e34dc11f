package dev.mmgen.cli.evaluate;

import dev.mmgen.image.RgbImage;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of a comparison: predicted and true pictures of the same names, in two folders or their sub-folders. */
final class PicturePairs {

    @Option(names = "--predicted", paramLabel = "FOLDER", required = true, description = "The predicted pictures.")
    @SuppressWarnings("NullAway.Init")
    private Path predicted;

    @Option(
            names = "--truth",
            paramLabel = "FOLDER",
            required = true,
            description = "The true pictures, of the same names and sizes.")
    @SuppressWarnings("NullAway.Init")
    private Path truth;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "The folder of the table, as CSV and Markdown.")
    private @Nullable Path out;

    /** The receiver of each pair. */
    interface Judge {
        void compare(RgbImage predicted, RgbImage truth);
    }

    /** Opens the files of the results. */
    ReportFiles files() {
        return new ReportFiles(out);
    }

    /**
     * Reads all pairs, in the order of their names.
     *
     * @throws IllegalArgumentException if a picture has no counterpart, or one of another size
     */
    void judge(Judge judge) {
        SortedSet<String> names = NamedPictures.names(truth);
        SortedSet<String> others = NamedPictures.names(predicted);
        requireAll(names, truth, others, predicted);
        requireAll(others, predicted, names, truth);
        names.forEach(name -> judge(judge, name));
    }

    private void judge(Judge judge, String name) {
        RgbImage ours = RgbImage.read(predicted.resolve(name));
        RgbImage real = RgbImage.read(truth.resolve(name));
        if (ours.width() != real.width() || ours.height() != real.height()) {
            throw new IllegalArgumentException(name + " has " + ours.width() + " x " + ours.height() + " pixels in "
                    + predicted + ", but " + real.width() + " x " + real.height() + " in " + truth);
        }
        try {
            judge.compare(ours, real);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static void requireAll(SortedSet<String> names, Path folder, SortedSet<String> others, Path otherFolder) {
        SortedSet<String> lonely = new TreeSet<>(names);
        lonely.removeAll(others);
        if (!lonely.isEmpty()) {
            throw new IllegalArgumentException(lonely.size() + " of the " + names.size() + " files in " + folder
                    + " have no counterpart in " + otherFolder + ", the first being " + lonely.first()
                    + "; names must be equal, extensions too");
        }
    }
}
