package dev.mmgen.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc. */
class SnippetsTest {

    @RegisterExtension
    static final LocalSpark LOCAL = new LocalSpark();

    @TempDir
    Path folder;

    private static void read(SparkSession spark, SparkModel model, String folder, String results) {
        // @start region="read"
        Dataset<Row> photos = spark.read().format("binaryFile").load(folder);
        model.understand("content")
                .with(request -> request.seed(7).batch(16))
                .apply(photos) // adds depth, normal, segmentation, error
                .drop("content")
                .write()
                .parquet(results);
        // @end
    }

    @Test
    void aFolderIsReadToParquetFiles() throws Exception {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        Files.write(photos.resolve("scene.png"), LocalSpark.scene(0));
        read(
                LOCAL.spark(),
                SparkModel.shapes(),
                photos.toString(),
                folder.resolve("read").toString());
        assertThat(LOCAL.spark()
                        .read()
                        .parquet(folder.resolve("read").toString())
                        .columns())
                .containsExactly("path", "modificationTime", "length", "depth", "normal", "segmentation", "error");
    }
}
