package dev.mmgen.examples.cli;

import dev.mmgen.image.Raster;
import dev.mmgen.train.metric.MetricTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the results of an evaluation go.
 *
 * @param folder made if missing; null prints only
 */
record ReportFiles(@Nullable Path folder) {

    /** An evaluation can take long: a folder that cannot be made is better noticed before. */
    ReportFiles {
        if (folder != null) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UncheckedIOException("--out " + folder + " cannot be made: " + e, e);
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

    /** Writes {@code NAME.png}. */
    void picture(String name, Raster picture) {
        if (folder != null) {
            Path file = folder.resolve(name + ".png");
            picture.write(file);
            System.out.println(file);
        }
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
