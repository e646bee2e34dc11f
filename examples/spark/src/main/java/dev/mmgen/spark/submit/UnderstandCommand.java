package dev.mmgen.spark.submit;

import dev.mmgen.Fit;
import dev.mmgen.spark.SparkRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code understand}: photos to Parquet files of their depth, normals and segmentation, by path. */
@Command(
        name = "understand",
        description = "Reads depth, normals and segmentation from photos.",
        mixinStandardHelpOptions = true)
final class UnderstandCommand implements Callable<Integer> {

    @Mixin
    private final ResultOptions results = new ResultOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(
            paramLabel = "PHOTOS",
            arity = "1..*",
            description = "Folders, with all below them, files and patterns, anywhere that Spark reads from.")
    private List<String> photos = new ArrayList<>();

    @Option(names = "--seed", paramLabel = "N", description = "The seed of the noise of all photos. Default: 0.")
    private long seed;

    @Option(
            names = "--fit",
            paramLabel = "WAY",
            description = "crop, pad, stretch or tile, as in 'mmgen understand --help'. Default: crop.")
    private Fit fit = Fit.CROP;

    @Option(
            names = "--rows-per-partition",
            paramLabel = "N",
            description = "What a task reads, and reads anew if its machine is lost. Default: Spark's, about 32 files.")
    private @Nullable Integer rowsPerPartition;

    @Override
    public Integer call() throws IOException {
        long noise = seed;
        Fit way = fit;
        try (SparkSession spark =
                SparkSession.builder().appName("mmgen understand").getOrCreate()) {
            SparkRequest request = results.model()
                    .understand("content")
                    .with(drawing)
                    .with(photo -> photo.seed(noise).fit(way));
            if (rowsPerPartition != null) {
                request.rowsPerPartition(rowsPerPartition);
            }
            Dataset<Row> files = spark.read()
                    .format("binaryFile")
                    .option("recursiveFileLookup", true)
                    .load(photos.toArray(String[]::new))
                    .select("path", "content");
            results.write(spark, request, files, "content");
        }
        return 0;
    }
}
