package dev.mmgen.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * The rate at which the model in the box reads a folder of scenes to Parquet files: by one executor of one core, then by two, on
 * standalone workers of this machine; by the clock, and by the tasks' processor time, which others on the machine disturb less: they
 * do where it is well below the tasks' time. A first reading of 64 scenes, which opens the models, is not counted.
 */
final class ScalingBenchmark {

    private static final int WARM_UP = 64;

    private ScalingBenchmark() {}

    /** Takes the number of scenes, 2,000 for instance, and how many executors to try: 1, 2, or both if it is left out. */
    public static void main(String[] arguments) throws Exception {
        int scenes = Integer.parseInt(arguments[0]);
        Path folder = Files.createTempDirectory("mmgen-scaling-");
        try {
            write(folder.resolve("warm"), WARM_UP);
            write(folder.resolve("scenes"), scenes);
            if (arguments.length > 1) {
                rate(folder, Integer.parseInt(arguments[1]), scenes);
            } else {
                double one = rate(folder, 1, scenes);
                double two = rate(folder, 2, scenes);
                System.out.printf(Locale.ROOT, "two executors against twice one: %.2f%n", two / (2 * one));
            }
        } finally {
            delete(folder);
        }
    }

    private static void write(Path folder, int scenes) throws IOException {
        Files.createDirectory(folder);
        for (int i = 0; i < scenes; i++) {
            Files.write(folder.resolve(i + ".png"), LocalSpark.scene(i));
        }
    }

    private static double rate(Path folder, int executors, int scenes) throws Exception {
        Path cluster = Files.createDirectory(folder.resolve("cluster-" + executors));
        try (StandaloneCluster workers = StandaloneCluster.start(cluster, executors);
                SparkSession spark = workers.session("")) {
            read(spark, folder.resolve("warm"), cluster);
            LongAdder processor = new LongAdder();
            LongAdder running = new LongAdder();
            spark.sparkContext().addSparkListener(new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd task) {
                    // A task whose executor is lost has none.
                    if (task.taskMetrics() != null) {
                        processor.add(task.taskMetrics().executorCpuTime());
                        running.add(task.taskMetrics().executorRunTime());
                    }
                }
            });
            long began = System.nanoTime();
            read(spark, folder.resolve("scenes"), cluster);
            double seconds = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "%d executors of one core: %d scenes in %.1f s, %.1f/s; %.1f for each second of processor time, which is %.2f of the"
                            + " tasks' time, which is %.2f of the executors'%n",
                    executors,
                    scenes,
                    seconds,
                    scenes / seconds,
                    scenes * 1e9 / processor.sum(),
                    processor.sum() / 1e6 / running.sum(),
                    running.sum() / 1e3 / (seconds * executors));
            return scenes / seconds;
        }
    }

    private static void read(SparkSession spark, Path scenes, Path out) {
        Dataset<Row> files = spark.read().format("binaryFile").load(scenes.toString());
        SparkModel.shapes()
                .understand("content")
                .with(request -> request.batch(16))
                .apply(files)
                .drop("content")
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(out.resolve("read").toString());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
