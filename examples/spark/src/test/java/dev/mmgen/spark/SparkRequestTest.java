package dev.mmgen.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolderException;
import dev.mmgen.modality.Modality;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.testkit.OneThread;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OneThread.class)
class SparkRequestTest {

    @RegisterExtension
    static final LocalSpark LOCAL = new LocalSpark();

    private static final List<byte[]> SCENES = LocalSpark.scenes(7);

    @TempDir
    Path folder;

    private static ImageRequestBuilder quick(ImageRequestBuilder request) {
        return request.steps(2).seed(5);
    }

    /** Returns what one process reads from the scenes, all at once. */
    private static List<MultiModalImage> readAtOnce() {
        try (MmGen mmgen = MmGen.shapes()) {
            return mmgen.runAll(SCENES.stream()
                    .map(file -> quick(mmgen.understand(RgbImage.read(file)))
                            .batch(SCENES.size())
                            .build())
                    .toList());
        }
    }

    private static List<Row> collect(Dataset<Row> rows) {
        List<Row> all = new ArrayList<>(rows.collectAsList());
        all.sort(Comparator.comparingInt(row -> row.getInt(0)));
        return all;
    }

    @ParameterizedTest
    @CsvSource({"1,4", "1,3", "3,2", "7,4", "2,16"})
    void rowsGetWhatOneProcessReadsHoweverTheyAreSplit(int partitions, int batch) {
        ExecutorModels.closeIdle();
        List<Row> read = collect(SparkModel.shapes()
                .understand("photo")
                .with(SparkRequestTest::quick)
                .with(request -> request.batch(batch))
                .apply(LOCAL.photos(SCENES).repartition(partitions)));
        List<MultiModalImage> atOnce = readAtOnce();
        assertThat(read).hasSize(SCENES.size());
        for (Row row : read) {
            MultiModalImage image = atOnce.get(row.getInt(0));
            for (Modality modality : List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION)) {
                assertThat(row.<byte[]>getAs(modality.name())).isEqualTo(ColumnFormat.PNG.value(image, modality));
            }
            assertThat(row.<String>getAs("error")).isNull();
        }
    }

    @Test
    void rowsOneByOneAreThePhotosThatAProcessReadsOneByOne() {
        List<Row> read = collect(SparkModel.shapes()
                .understand("photo")
                .with(SparkRequestTest::quick)
                .with(request -> request.batch(1))
                .apply(LOCAL.photos(SCENES).repartition(2)));
        try (MmGen mmgen = MmGen.shapes()) {
            for (Row row : read) {
                RgbImage photo = RgbImage.read(row.<byte[]>getAs("photo"));
                assertThat(row.<byte[]>getAs("normal"))
                        .isEqualTo(ColumnFormat.PNG.value(
                                quick(mmgen.understand(photo)).run(), Modality.NORMAL));
            }
        }
    }

    @Test
    void picturesAreTheFilesThatAnImageWrites() throws Exception {
        Row row = collect(SparkModel.shapes()
                        .understand("photo")
                        .with(SparkRequestTest::quick)
                        .apply(LOCAL.photos(SCENES.subList(0, 1))))
                .getFirst();
        readAtOnce().getFirst().write(folder, "scene");
        assertThat(row.<byte[]>getAs("depth")).isEqualTo(Files.readAllBytes(folder.resolve("scene.depth.png")));
    }

    @Test
    void numbersAreThoseOfRawFiles() {
        Dataset<Row> read = SparkModel.shapes()
                .understand("photo")
                .with(SparkRequestTest::quick)
                .as(ColumnFormat.FLOATS)
                .apply(LOCAL.photos(SCENES.subList(0, 2)));
        List<MultiModalImage> atOnce = readAtOnce();
        for (Row row : collect(read)) {
            for (Modality modality : List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION)) {
                NpyArray array = RawFormat.array(atOnce.get(row.getInt(0)), modality);
                Row column = row.getAs(modality.name());
                assertThat(column.<Integer>getList(0).stream().map(Integer::longValue))
                        .containsExactlyElementsOf(array.shape());
                assertThat(column.<Float>getList(1))
                        .containsExactlyElementsOf(IntStream.range(0, array.toFloats().length)
                                .mapToObj(i -> array.toFloats()[i])
                                .toList());
            }
        }
    }

    @Test
    void filesAreReadFromTheirFolder() throws Exception {
        for (int i = 0; i < 3; i++) {
            Files.write(folder.resolve(i + ".png"), SCENES.get(i));
        }
        Dataset<Row> files = LOCAL.spark().read().format("binaryFile").load(folder.toString());
        List<Row> read = SparkModel.shapes()
                .understand("content")
                .with(SparkRequestTest::quick)
                .with(request -> request.only(Modality.DEPTH))
                .apply(files)
                .select(functions.expr("path"), functions.expr("depth"))
                .orderBy("path")
                .collectAsList();
        List<MultiModalImage> atOnce = readAtOnce();
        for (int i = 0; i < 3; i++) {
            assertThat(read.get(i).<byte[]>getAs("depth"))
                    .isEqualTo(ColumnFormat.PNG.value(atOnce.get(i), Modality.DEPTH));
        }
    }

    @Test
    void categoriesAndSeedsBecomeImages() {
        StructType schema = new StructType()
                .add("id", DataTypes.IntegerType)
                .add("category", DataTypes.StringType)
                .add("seed", DataTypes.LongType)
                .add("number", DataTypes.IntegerType);
        List<Row> rows = List.of(
                RowFactory.create(0, "torus", 7L, 0),
                RowFactory.create(1, "torus", 7L, 3),
                RowFactory.create(2, null, -1L, 0),
                RowFactory.create(3, "torso", 7L, 0),
                RowFactory.create(4, "cube", null, 0),
                RowFactory.create(5, "torus", 7L, -2));
        List<Row> drawn = collect(SparkModel.shapes()
                .generate("category", "seed", "number")
                .with(request -> request.steps(2))
                .apply(LOCAL.spark().createDataFrame(rows, schema).repartition(2)));
        try (MmGen mmgen = MmGen.shapes()) {
            ImageRequestBuilder torus =
                    mmgen.generate().steps(2).category("torus").seed(7);
            List<MultiModalImage> atOnce = mmgen.runAll(List.of(
                    torus.build(),
                    torus.first(3).build(),
                    mmgen.generate().steps(2).seed(-1).build()));
            for (int i = 0; i < 3; i++) {
                assertSame(drawn.get(i), atOnce.get(i));
            }
        }
        assertThat(drawn.get(3).<String>getAs("error")).contains("torso");
        assertThat(drawn.get(4).<String>getAs("error")).contains("'seed' is null");
        assertThat(drawn.get(5).<String>getAs("error")).contains("'number' is -2");
        assertThat(drawn.get(5).<byte[]>getAs("rgb")).isNull();
    }

    private static void assertSame(Row row, MultiModalImage image) {
        image.pictures()
                .keySet()
                .forEach(modality -> assertThat(row.<byte[]>getAs(modality.name()))
                        .as(modality.name())
                        .isEqualTo(ColumnFormat.PNG.value(image, modality)));
    }

    @Test
    void categoriesMayBeNumbers() {
        Dataset<Row> rows =
                LOCAL.spark().range(15, 17).selectExpr("cast(id as int) as id", "id as category", "id as seed");
        List<Row> drawn = collect(SparkModel.shapes()
                .generate("category", "seed")
                .with(request -> request.steps(2))
                .apply(rows));
        try (MmGen mmgen = MmGen.shapes()) {
            assertSame(
                    drawn.get(0),
                    mmgen.generate()
                            .steps(2)
                            .category(15)
                            .seed(15)
                            .first(0)
                            .count(2)
                            .runAll()
                            .getFirst());
        }
        assertThat(drawn.get(1).<String>getAs("error")).contains("16");
    }

    @Test
    void aRowThatCannotBeReadHasAnErrorAndItsBatchIsRead() {
        List<byte[]> files = new ArrayList<>(SCENES.subList(0, 4));
        files.set(1, "no picture".getBytes(StandardCharsets.UTF_8));
        files.set(2, null);
        RowCount count = RowCount.of(LOCAL.spark());
        List<Row> read = collect(SparkModel.shapes()
                .understand("photo")
                .with(SparkRequestTest::quick)
                .with(request -> request.batch(4))
                .errors("why")
                .counting(count)
                .apply(LOCAL.photos(files).coalesce(1)));
        List<MultiModalImage> atOnce = readAtOnce();
        assertThat(read.get(0).<byte[]>getAs("depth")).isEqualTo(ColumnFormat.PNG.value(atOnce.get(0), Modality.DEPTH));
        assertThat(read.get(3).<byte[]>getAs("depth")).isEqualTo(ColumnFormat.PNG.value(atOnce.get(3), Modality.DEPTH));
        assertThat(read.get(1).<String>getAs("why")).contains("image");
        assertThat(read.get(1).<byte[]>getAs("depth")).isNull();
        assertThat(read.get(2).<String>getAs("why")).isEqualTo("the photo in 'photo' is null");
        assertThat(count.images()).isEqualTo(2);
        assertThat(count.errors()).isEqualTo(2);
    }

    @Test
    void anEmptyDatasetOpensNoModelOnExecutors() {
        RowCount count = RowCount.of(LOCAL.spark());
        ExecutorModels.closeIdle();
        Dataset<Row> read = SparkModel.shapes()
                .understand("photo")
                .rowsPerPartition(3)
                .counting(count)
                .apply(LOCAL.photos(List.of()));
        assertThat(read.collectAsList()).isEmpty();
        assertThat(read.columns()).containsExactly("id", "photo", "depth", "normal", "segmentation", "error");
        assertThat(count.models()).isZero();
        assertThat(ExecutorModels.open()).isZero();
    }

    @Test
    void allTasksOfAProcessShareAModel() {
        RowCount count = RowCount.of(LOCAL.spark());
        ExecutorModels.closeIdle();
        SparkRequest request = SparkModel.shapes()
                .understand("photo")
                .with(SparkRequestTest::quick)
                .rowsPerPartition(1)
                .counting(count);
        Dataset<Row> read = request.apply(LOCAL.photos(SCENES));
        assertThat(read.rdd().getNumPartitions()).isEqualTo(7);
        assertThat(read.collectAsList()).hasSize(7);
        assertThat(count.models()).isEqualTo(1);
        assertThat(count.images()).isEqualTo(7);
    }

    @Test
    void wrongColumnsAreNamedBeforeAnythingRuns() {
        Dataset<Row> photos = LOCAL.photos(SCENES);
        SparkModel model = SparkModel.shapes();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("content").apply(photos))
                .withMessage("the dataset has no column 'content'; it has id, photo");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("id").apply(photos))
                .withMessageContaining("'id' is of type int; photos are the bytes of image files, of type binary");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.generate("photo", "id").apply(photos))
                .withMessageContaining("'photo' is of type binary; categories are");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.generate("id", "photo").apply(photos))
                .withMessageContaining("'photo' is of type binary; it must hold whole numbers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("photo").apply(photos.withColumnRenamed("id", "Depth")))
                .withMessageContaining("there is a column 'Depth' already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("photo").errors("depth").apply(photos))
                .withMessageContaining("there is a column 'depth' already");
    }

    @Test
    void wrongSettingsAreNamedBeforeAnythingRuns() {
        Dataset<Row> photos = LOCAL.photos(SCENES);
        SparkModel model = SparkModel.shapes();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("photo")
                        .with(request -> request.steps(0))
                        .apply(photos))
                .withMessageContaining("steps is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("photo")
                        .with(request -> request.count(2))
                        .apply(photos))
                .withMessageContaining("count is 2, but a row has one image");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.understand("photo").rowsPerPartition(0))
                .withMessageContaining("rows per partition are 0");
    }

    @Test
    void aModelThatIsNotThereIsNamedBeforeAnythingRuns() {
        SparkModel model = SparkModel.of(folder.resolve("nowhere").toString());
        Dataset<Row> photos = LOCAL.photos(SCENES);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> model.understand("photo").apply(photos))
                .withMessageContaining("nowhere");
    }
}
