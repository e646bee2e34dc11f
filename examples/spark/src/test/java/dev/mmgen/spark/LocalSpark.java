package dev.mmgen.spark;

import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Spark in the process of a class's tests, with two tasks at a time, and photos for it. */
final class LocalSpark implements BeforeAllCallback, AfterAllCallback {

    static final StructType PHOTOS =
            new StructType().add("id", DataTypes.IntegerType, false).add("photo", DataTypes.BinaryType);

    private @Nullable SparkSession spark;

    @Override
    public void beforeAll(ExtensionContext context) {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .getOrCreate();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        spark().close();
        ExecutorModels.closeIdle();
    }

    SparkSession spark() {
        if (spark == null) {
            throw new IllegalStateException("the tests have not begun");
        }
        return spark;
    }

    /** Returns scenes as PNG files. */
    static List<byte[]> scenes(int count) {
        return IntStream.range(0, count).mapToObj(LocalSpark::scene).toList();
    }

    static byte[] scene(int number) {
        RgbImage photo = ShapesWorld.SECOND.render(Split.TEST.seed(number)).rgb();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        photo.write(out, Map.of());
        return out.toByteArray();
    }

    /** Returns a dataset of photos, of which some may be null, with their numbers. */
    Dataset<Row> photos(List<byte @Nullable []> files) {
        List<Row> rows = new ArrayList<>();
        for (byte[] file : files) {
            rows.add(RowFactory.create(rows.size(), file));
        }
        return spark().createDataFrame(rows, PHOTOS);
    }
}
