package dev.mmgen.spark.submit;

import dev.mmgen.spark.SparkModel;
import dev.mmgen.spark.SparkRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code generate}: a table of categories and seeds to Parquet files of their images. */
@Command(
        name = "generate",
        description = "Draws an image with its depth, normals and segmentation for each row of a table.",
        mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {

    @Mixin
    private final ResultOptions results = new ResultOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(
            paramLabel = "TABLE",
            description =
                    "A CSV file with a line of names, or a folder of Parquet files, with the columns 'category' (numbers or names)"
                            + " and 'seed', and 'number' where there are several images of a seed.")
    private String table = "";

    @Option(
            names = "--rows-per-partition",
            paramLabel = "N",
            description = "What a task draws, and draws anew if its machine is lost. Default: ${DEFAULT-VALUE}.")
    private int rowsPerPartition = 32;

    @Override
    public Integer call() throws IOException {
        try (SparkSession spark =
                SparkSession.builder().appName("mmgen generate").getOrCreate()) {
            Dataset<Row> rows = table.endsWith(".csv")
                    ? spark.read()
                            .option("header", true)
                            .option("inferSchema", true)
                            .csv(table)
                    : spark.read().parquet(table);
            SparkModel model = results.model();
            SparkRequest request = Arrays.asList(rows.columns()).contains("number")
                    ? model.generate("category", "seed", "number")
                    : model.generate("category", "seed");
            results.write(spark, request.with(drawing).rowsPerPartition(rowsPerPartition), rows);
        }
        return 0;
    }
}
