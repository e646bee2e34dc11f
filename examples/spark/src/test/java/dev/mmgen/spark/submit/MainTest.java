package dev.mmgen.spark.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The program, with its master in a system property as from {@code spark-submit}. */
@ExtendWith(OneThread.class)
class MainTest {

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream stdout = System.out;
    private final PrintStream stderr = System.err;

    @TempDir
    Path folder;

    @BeforeEach
    void submit() {
        System.setProperty("spark.master", "local[2]");
        System.setProperty("spark.ui.enabled", "false");
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(stream);
        System.setErr(stream);
    }

    @AfterEach
    void end() {
        System.setOut(stdout);
        System.setErr(stderr);
        System.clearProperty("spark.master");
        System.clearProperty("spark.ui.enabled");
    }

    private String out() {
        return folder.resolve("results").toString();
    }

    private List<Row> written(String order) throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            return spark.read().parquet(out()).orderBy(order).collectAsList();
        }
    }

    @Test
    void photosOfAFolderAndBelowAreRead() throws Exception {
        Path photos = Files.createDirectories(folder.resolve("photos/below")).getParent();
        RandomModel.photo().write(photos.resolve("a.png"));
        RandomModel.photo().write(photos.resolve("below/b.png"));
        Files.writeString(photos.resolve("c.png"), "no picture");
        assertThat(Main.execute("understand", "--steps", "1", "--batch", "2", "-o", out(), photos.toString()))
                .isZero();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("2 images are in " + out() + "; 1 rows have none, the column 'error' says why");
        List<Row> rows = written("path");
        assertThat(rows.getFirst().schema().fieldNames())
                .containsExactly("path", "depth", "normal", "segmentation", "error");
        assertThat(RgbImage.read(rows.get(0).<byte[]>getAs("depth")))
                .isEqualTo(RgbImage.read(rows.get(1).<byte[]>getAs("depth")));
        assertThat(rows.get(2).<String>getAs("error")).contains("image");
    }

    @Test
    void aTableOfCategoriesAndSeedsIsDrawn() throws Exception {
        Path table = Files.writeString(folder.resolve("rows.csv"), "category,seed,number\ntorus,7,0\n,7,1\ncone,9,0\n");
        assertThat(Main.execute("generate", "--steps", "1", "--floats", "-o", out(), table.toString()))
                .isZero();
        List<Row> rows = written("seed");
        assertThat(rows).hasSize(3);
        assertThat(rows.getFirst().<Row>getAs("rgb").<Integer>getList(0)).containsExactly(128, 128, 3);
        assertThat(Main.execute("generate", "--steps", "1", "-o", out(), table.toString()))
                .isEqualTo(1);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("mmgen-spark: ")
                .contains("already exists");
        assertThat(Main.execute("generate", "--steps", "1", "--force", "-o", out(), table.toString()))
                .isZero();
    }

    @Test
    void wrongUsageAndFailuresHaveTheirExitCodes() {
        assertThat(Main.execute("understand", "photos")).isEqualTo(2);
        assertThat(Main.execute(
                        "understand",
                        "-o",
                        out(),
                        "-m",
                        folder.resolve("nowhere").toString(),
                        folder.toString()))
                .isEqualTo(1);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("mmgen-spark: ")
                .contains("nowhere");
        assertThat(folder.resolve("results")).doesNotExist();
    }
}
