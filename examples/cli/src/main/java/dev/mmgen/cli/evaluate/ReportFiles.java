package dev.mmgen.cli.evaluate;

import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.evaluation.SamplerComparison;
import dev.mmgen.shapes.evaluation.SamplerPlot;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.metric.MetricTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of an evaluation's results. Of several processes only rank 0 prints and writes.
 *
 * @param folder created if missing; null prints only
 * @param writes false where another process does all this
 */
record ReportFiles(@Nullable Path folder, boolean writes) {

    private static final int ENLARGED = 2;
    private static final int GAP = 4;

    /** Creates the folder, so that one that cannot be created is found before hours are spent. */
    ReportFiles {
        if (folder != null && writes) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UncheckedIOException("--out " + folder + " cannot be created: " + FileReason.writing(e), e);
            }
        }
    }

    ReportFiles(@Nullable Path folder) {
        this(folder, true);
    }

    /** Returns the files of a process's results. */
    static ReportFiles of(@Nullable Path folder, @Nullable ProcessGroup group) {
        return new ReportFiles(folder, group == null || group.isFirst());
    }

    /** Prints a line. */
    void say(String line) {
        if (writes) {
            System.out.println(line);
        }
    }

    /** Prints a table, and writes it as {@code NAME.md} and {@code NAME.csv}. */
    void table(String name, String markdown, String csv) {
        if (writes) {
            System.out.print(markdown);
        }
        if (folder != null && writes) {
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
        if (folder != null && writes) {
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
            throw new UncheckedIOException(file + " cannot be written: " + FileReason.writing(e), e);
        }
    }
}
