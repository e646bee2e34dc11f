package dev.mmgen.spark.submit;

import dev.mmgen.MmGen;
import dev.mmgen.spark.ColumnFormat;
import dev.mmgen.spark.SparkModel;
import dev.mmgen.spark.SparkRequest;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the model and of the Parquet files that a command writes. */
final class ResultOptions {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "LOCATION",
            description =
                    "A model folder that the driver and all executors have, or classpath:NAME in a jar. Default: the small"
                            + " model of the world of shapes.")
    private String location = MmGen.SHAPES;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu, cuda or cuda:N, on each executor. Default: cpu.")
    private String device = "cpu";

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "The type to compute in: float32, bfloat16 or float16. Default: that of the weights, but float32"
                    + " for bfloat16 on processors that are slower with it.")
    private @Nullable String dtype;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "FOLDER",
            description = "Where the Parquet files go: any place that Spark writes to.")
    private String out = "";

    @Option(names = "--force", description = "Replace what is there. Default: refuse.")
    private boolean force;

    @Option(names = "--floats", description = "Write numbers, as structs of shape and values. Default: PNG files.")
    private boolean floats;

    SparkModel model() {
        return SparkModel.of(location).on(Device.parse(device)).in(dtype == null ? null : DType.named(dtype));
    }

    /** Writes what a request makes of rows, without the column of bytes that it came from, and says how many rows have an error. */
    void write(SparkSession spark, SparkRequest request, Dataset<Row> rows, String... dropped) {
        request.as(floats ? ColumnFormat.FLOATS : ColumnFormat.PNG)
                .apply(rows)
                .drop(dropped)
                .write()
                .mode(force ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
                .parquet(out);
        Dataset<Row> written = spark.read().parquet(out);
        long all = written.count();
        long failed = written.filter("error is not null").count();
        System.out.println(all - failed + " images are in " + out
                + (failed == 0 ? "" : "; " + failed + " rows have none, the column 'error' says why"));
    }
}
