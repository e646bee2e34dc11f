package dev.mmgen.cli.evaluate;

import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.evaluation.SamplerComparison;
import dev.mmgen.shapes.evaluation.SamplerPlot;
import dev.mmgen.train.metric.MetricTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of an evaluation's results.
 *
 * @param folder created if missing; null prints only
 */
record ReportFiles(@Nullable Path folder) {

    private static final int ENLARGED = 2;
    private static final int GAP = 4;

    /** Creates the folder, so that one that cannot be created is found before hours are spent. */
    ReportFiles {
        if (folder != null) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UncheckedIOException("--out " + folder + " cannot be created: " + e, e);
            }
        }
    }

    /** Prints a table, and writes it as {@code NAME.md} and {@code NAME.csv}. */
    void table(String name, String markdown, String csv) {
        System.out.print(markdown);
        if (folder != null) {
            write(folder.resolve(name + ".md"), markdown);
            write(folder.resolve(name + ".csv"), csv);
        }
    }

    /** Prints and writes figures. */
    void table(String name, MetricTable table) {
        table(name, table.toMarkdown(), table.toCsv());
    }

    /** Prints and writes a comparison of samplers, and a plot of it. */
    void comparison(String name, SamplerComparison comparison) {
        table(name, comparison.toMarkdown(), comparison.toCsv());
        picture(name, new SamplerPlot(comparison).draw());
    }

    /** Writes {@code NAME.png}. */
    void picture(String name, RgbImage picture) {
        if (folder != null) {
            Path file = folder.resolve(name + ".png");
            picture.write(file);
            System.out.println(file);
        }
    }

    /** Writes {@code NAME.png}: rows of equal length, of small pictures that are enlarged so that pixels are visible. */
    void sheet(String name, List<List<RgbImage>> rows) {
        List<RgbImage> pictures =
                rows.stream().flatMap(List::stream).map(ReportFiles::enlarged).toList();
        picture(name, new ContactSheet(rows.getFirst().size(), GAP).of(pictures));
    }

    private static RgbImage enlarged(RgbImage picture) {
        return picture.resize(ENLARGED * picture.width(), ENLARGED * picture.height(), Resampling.BOX);
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
            System.out.println(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + e, e);
        }
    }
}
