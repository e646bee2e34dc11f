package dev.mmgen.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.testkit.OneThread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Reading by two workers that are processes of their own. */
@ExtendWith(OneThread.class)
class StandaloneClusterTest {

    private static final int PHOTOS = 48;

    @TempDir
    Path folder;

    private static ImageRequestBuilder settings(ImageRequestBuilder request) {
        return request.only(Modality.DEPTH).seed(3).steps(8);
    }

    @Test
    @Timeout(300)
    void aWorkerThatIsKilledLosesNothing() throws Exception {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        for (int i = 0; i < PHOTOS; i++) {
            Files.write(file(photos, i), LocalSpark.scene(i));
        }
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, 2);
                SparkSession spark = cluster.session("-Dmmgen.cache=" + folder.resolve("cache"))) {
            RowCount count = RowCount.of(spark);
            Dataset<Row> read = SparkModel.shapes()
                    .understand("content")
                    .with(StandaloneClusterTest::settings)
                    .rowsPerPartition(4)
                    .counting(count)
                    .apply(spark.read().format("binaryFile").load(photos.toString()))
                    .select("path", "depth", "error");
            CompletableFuture<List<Row>> rows = CompletableFuture.supplyAsync(read::collectAsList);
            // Each executor has ended a task.
            while (count.models() < 2 && !rows.isDone()) {
                Thread.sleep(5);
            }
            assertThat(count.images()).isLessThan(PHOTOS);
            cluster.kill(1);
            List<Row> all = new ArrayList<>(rows.get(200, TimeUnit.SECONDS));
            assertThat(spark.sparkContext().statusTracker().getExecutorInfos())
                    .as("the driver and the executor that is left")
                    .hasSize(2);
            assertSameAsInOneProcess(all, photos);
            assertThat(count.models()).as("one for each executor").isEqualTo(2);
            assertThat(cluster.errors().lines().filter(line -> line.contains("Extracting libtorch (")))
                    .as("one for the machine")
                    .hasSize(1);
        }
    }

    private static Path file(Path photos, int number) {
        return photos.resolve(String.format(Locale.ROOT, "%03d.png", number));
    }

    private static void assertSameAsInOneProcess(List<Row> rows, Path photos) {
        assertThat(rows).hasSize(PHOTOS);
        rows.sort((one, other) -> one.getString(0).compareTo(other.getString(0)));
        try (MmGen mmgen = MmGen.shapes()) {
            List<ImageRequest> requests = new ArrayList<>();
            for (int i = 0; i < PHOTOS; i++) {
                RgbImage photo = RgbImage.read(file(photos, i));
                requests.add(settings(mmgen.understand(photo)).build());
            }
            List<MultiModalImage> images = mmgen.runAll(requests);
            for (int i = 0; i < PHOTOS; i++) {
                assertThat(rows.get(i).isNullAt(2)).isTrue();
                assertThat(rows.get(i).<byte[]>getAs("depth"))
                        .isEqualTo(ColumnFormat.PNG.value(images.get(i), Modality.DEPTH));
            }
        }
    }
}
