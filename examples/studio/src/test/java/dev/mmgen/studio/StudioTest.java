package dev.mmgen.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.studio.StudioClient.Form;
import dev.mmgen.testkit.RandomModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP API draws what the library draws. */
class StudioTest {

    @TempDir
    static Path folder;

    private static Path model;
    private static Studio studio;
    private static StudioClient client;
    private static final RgbImage PHOTO = RandomModel.photo();

    @BeforeAll
    static void start() {
        model = RandomModel.make(folder);
        studio = Studio.start(StudioOptions.DEFAULT
                .withPort(0)
                .withModel(MmGen.SHAPES)
                .withModels(folder)
                .withPictures(folder.resolve("pictures")));
        client = new StudioClient(studio);
    }

    @AfterAll
    static void close() {
        studio.close();
    }

    private static RgbImage picture(JsonNode image, String file) {
        return RgbImage.read(file(image, file).body());
    }

    private static HttpResponse<byte[]> file(JsonNode image, String file) {
        HttpResponse<byte[]> response =
                client.get("/v1/images/" + image.get("id").textValue() + "/" + file);
        assertThat(response.statusCode()).isEqualTo(200);
        return response;
    }

    @Test
    void drawingIsThatOfTheLibrary() throws InterruptedException {
        JsonNode images = client.images(
                client.post("/v1/generate", "{\"model\":\"model\",\"category\":3,\"seed\":7,\"count\":2,\"steps\":3}"));
        assertThat(images).hasSize(2);
        try (MmGen mmgen = MmGen.open(model)) {
            List<MultiModalImage> drawn =
                    mmgen.generate().category(3).seed(7).count(2).steps(3).runAll();
            for (int i = 0; i < 2; i++) {
                assertThat(picture(images.get(i), "rgb.png"))
                        .isEqualTo(drawn.get(i).rgb());
                assertThat(picture(images.get(i), "segmentation.png"))
                        .isEqualTo(drawn.get(i).segmentation());
            }
            assertThat(images.get(1).get("trace").get("Sampler").textValue())
                    .isEqualTo(drawn.get(1).trace().get("Sampler"));
        }
    }

    @Test
    void aFlowMapDrawsItsJumpsAndAModelOfVelocitiesIsToldOf() throws InterruptedException {
        Path map = folder.resolve("map");
        ModelFolder.open(model)
                .convert(
                        map,
                        null,
                        config -> config.toBuilder()
                                .transformer(config.transformer().toBuilder()
                                        .flowMapDepth(1)
                                        .build())
                                .build());
        for (String sampler : List.of("flow-map", "flow-map-restart")) {
            String settings = ",\"category\":3,\"seed\":7,\"steps\":2,\"sampler\":\"" + sampler + "\"}";
            JsonNode images = client.images(client.post("/v1/generate", "{\"model\":\"map\"" + settings));
            try (MmGen mmgen = MmGen.open(map)) {
                assertThat(picture(images.get(0), "rgb.png"))
                        .isEqualTo(mmgen.generate()
                                .category(3)
                                .seed(7)
                                .steps(2)
                                .sampler(Sampler.named(sampler))
                                .run()
                                .rgb());
            }
            String job = StudioClient.json(client.post("/v1/generate", "{\"model\":\"model\"" + settings))
                    .get("id")
                    .textValue();
            assertThat(new String(client.get("/v1/jobs/" + job + "/events").body(), StandardCharsets.UTF_8))
                    .contains("needs a flow map")
                    .doesNotContain("dev.mmgen");
        }
    }

    @Test
    void aPictureFarLargerThanThoseOfTheModelIsRefused() {
        HttpResponse<byte[]> response =
                client.post("/v1/generate", "{\"model\":\"model\",\"width\":1024,\"height\":1024,\"anySize\":true}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(StudioClient.json(response).get("detail").textValue())
                .contains("a model of 64 x 64 pixels draws at most as many as 512 x 512 here");
    }

    @Test
    void aFormWithTwoPartsOfOneNameIsRefused() {
        for (Form form : List.of(
                Form.of("{}").with("request", "{}".getBytes(StandardCharsets.UTF_8)),
                Form.of("{}").with("rgb", PHOTO).with("rgb", PHOTO))) {
            HttpResponse<byte[]> response = client.post("/v1/understand", form);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(StudioClient.json(response).get("detail").textValue()).contains("the form has two parts");
        }
    }

    @Test
    void readingIsThatOfTheLibraryAndTellsItsUncertainty() throws InterruptedException, IOException {
        JsonNode image = client.images(client.post(
                        "/v1/understand",
                        Form.of("{\"model\":\"model\",\"ensemble\":3}").with("rgb", PHOTO)))
                .get(0);
        try (MmGen mmgen = MmGen.open(model)) {
            MultiModalImage read = mmgen.understand(PHOTO).ensemble(3).run();
            NpyArray depth = NpyArray.read(
                    new ByteArrayInputStream(file(image, "depth.npy").body()));
            assertThat(depth.toDoubles()[100]).isEqualTo(read.relativeDepth().values()[100]);
            NpyArray uncertainty = NpyArray.read(new ByteArrayInputStream(
                    file(image, "depth.uncertainty.npy").body()));
            assertThat(uncertainty.toDoubles()[100])
                    .isEqualTo(read.uncertainty(Modality.DEPTH).values()[100]);
        }
    }

    /** The model in the box reads in one step without noise; readings that are to differ take two. */
    @Test
    void readingsWithoutNoiseDifferAsThoseOfTheLibrary() throws InterruptedException, IOException {
        JsonNode image = client.images(client.post(
                        "/v1/understand", Form.of("{\"ensemble\":3}").with("rgb", PHOTO)))
                .get(0);
        try (MmGen mmgen = MmGen.shapes()) {
            float[] expected = mmgen.understand(PHOTO)
                    .ensemble(3)
                    .run()
                    .uncertainty(Modality.DEPTH)
                    .values();
            NpyArray uncertainty = NpyArray.read(new ByteArrayInputStream(
                    file(image, "depth.uncertainty.npy").body()));
            assertThat(uncertainty.toDoubles()[100]).isPositive().isEqualTo(expected[100]);
        }
    }

    @Test
    void conditionsAreFollowed() throws InterruptedException {
        JsonNode images = client.images(client.post(
                "/v1/condition",
                Form.of("{\"model\":\"model\",\"count\":2,\"guidance\":2}").with("depth", PHOTO)));
        try (MmGen mmgen = MmGen.open(model)) {
            List<MultiModalImage> drawn = mmgen.generate()
                    .given(Modality.DEPTH, PHOTO)
                    .count(2)
                    .guidance(2)
                    .runAll();
            assertThat(picture(images.get(1), "rgb.png")).isEqualTo(drawn.get(1).rgb());
        }
    }

    @Test
    void conditionsComeAsTheCamerasOfOthersWriteThem() throws InterruptedException, IOException {
        float[] metres = new float[128 * 128];
        int[] millimetres = new int[128 * 128];
        for (int i = 0; i < metres.length; i++) {
            metres[i] = 1 + i % 128 / 64f;
            millimetres[i] = Math.round(1000 * metres[i]);
        }
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        NpyArray.of(metres, 128, 128).write(array);
        byte[] deep = GreyImage.of(128, 128, millimetres).toPng();
        RgbImage[] depths = new RgbImage[2];
        for (int i = 0; i < 2; i++) {
            Form form = Form.of("{\"steps\":1,\"depthCoding\":\"distance\"}")
                    .with("depth", i == 0 ? array.toByteArray() : deep);
            depths[i] =
                    picture(client.images(client.post("/v1/condition", form)).get(0), "depth.png");
        }
        assertThat(depths[0].rgb()[0] & 0xff).isEqualTo(255);
        assertThat(depths[0].rgb()[3 * 127] & 0xff).isZero();
        for (int i = 0; i < depths[0].rgb().length; i++) {
            assertThat(Math.abs((depths[0].rgb()[i] & 0xff) - (depths[1].rgb()[i] & 0xff)))
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void inpaintingKeepsWhatIsOutsideOfTheRegion() throws InterruptedException {
        Mask region = Mask.none(64, 64).withRectangle(16, 16, 24, 24);
        JsonNode image = client.images(client.post(
                        "/v1/inpaint",
                        Form.of("{\"model\":\"model\"}").with("rgb", PHOTO).with("mask", region.toPicture())))
                .get(0);
        RgbImage drawn = picture(image, "rgb.png");
        int changed = 0;
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                if (region.contains(x, y)) {
                    changed += drawn.pixel(x, y) == PHOTO.pixel(x, y) ? 0 : 1;
                } else {
                    assertThat(drawn.pixel(x, y)).isEqualTo(PHOTO.pixel(x, y));
                }
            }
        }
        assertThat(changed).isPositive();
    }

    @Test
    void aRegionIsPastedBackIntoAPhotoOfAnySize() throws InterruptedException {
        RgbImage wide = PHOTO.resize(200, 120, Resampling.BILINEAR);
        Mask region = Mask.none(200, 120).withRectangle(150, 30, 40, 50);
        JsonNode image = client.images(client.post(
                        "/v1/inpaint",
                        Form.of("{\"model\":\"model\"}").with("rgb", wide).with("mask", region.toPicture())))
                .get(0);
        RgbImage whole = picture(image, "photo.png");
        assertThat(whole.width()).isEqualTo(200);
        assertThat(whole.pixel(149, 40)).isEqualTo(wide.pixel(149, 40));
        assertThat(whole.crop(150, 30, 40, 50)).isNotEqualTo(wide.crop(150, 30, 40, 50));
    }

    @Test
    void aPhotoBecomesAMesh() throws InterruptedException {
        JsonNode image = client.images(
                        client.post("/v1/reconstruct", Form.of("{}").with("rgb", PHOTO)))
                .get(0);
        assertThat(new String(file(image, "scene.glb").body(), 0, 4, StandardCharsets.US_ASCII))
                .isEqualTo("glTF");
        assertThat(new String(file(image, "scene.ply").body(), 0, 3, StandardCharsets.US_ASCII))
                .isEqualTo("ply");
    }

    @Test
    void allFilesComeInAZip() throws InterruptedException, IOException {
        JsonNode image = client.images(client.post("/v1/generate", "{\"model\":\"model\"}"))
                .get(0);
        List<String> names = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(
                new ByteArrayInputStream(file(image, "all.zip").body()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                names.add(entry.getName());
            }
        }
        assertThat(names)
                .contains("image.png", "image.rgb.png", "image.depth.npy", "image.normal.16.png", "image.depth.16.png");
    }

    @Test
    void eventsTellTheStepsWithPreviewsAndEnd() throws InterruptedException {
        String id = StudioClient.json(client.post("/v1/generate", "{\"model\":\"model\",\"steps\":40}"))
                .get("id")
                .textValue();
        String events = new String(client.get("/v1/jobs/" + id + "/events").body(), StandardCharsets.UTF_8);
        assertThat(events).contains("event: preview\ndata: {").contains("data:image/png;base64,");
        Matcher steps = Pattern.compile("\"step\":(\\d+),\"steps\":40").matcher(events);
        int last = 0;
        while (steps.find()) {
            int step = Integer.parseInt(steps.group(1));
            assertThat(step).isGreaterThanOrEqualTo(last);
            last = step;
        }
        assertThat(last).isEqualTo(40);
        assertThat(events.strip().lines().toList().getLast()).contains("\"state\":\"done\"");
    }

    @Test
    void aJobInTheQueueHasItsPlaceAndAnyCanBeCancelled() throws InterruptedException {
        HttpResponse<byte[]> first = client.post("/v1/generate", "{\"model\":\"model\",\"steps\":1000,\"count\":16}");
        HttpResponse<byte[]> second = client.post("/v1/generate", "{\"model\":\"model\"}");
        HttpResponse<byte[]> third = client.post("/v1/generate", "{\"model\":\"model\"}");
        String thirdJob = "/v1/jobs/" + StudioClient.json(third).get("id").textValue();
        int place = StudioClient.json(client.get(thirdJob)).get("place").intValue();
        assertThat(place).isBetween(2, 3);
        client.send(
                client.request("/v1/jobs/" + StudioClient.json(second).get("id").textValue())
                        .DELETE());
        assertThat(client.end(second).get("state").textValue()).isEqualTo("cancelled");
        assertThat(StudioClient.json(client.get(thirdJob)).get("place").intValue())
                .isEqualTo(place - 1);
        client.send(
                client.request("/v1/jobs/" + StudioClient.json(first).get("id").textValue())
                        .DELETE());
        assertThat(client.end(first).get("state").textValue()).isEqualTo("cancelled");
        assertThat(client.end(third).get("state").textValue()).isEqualTo("done");
    }

    @Test
    void keptImagesAreListedWithTheirSettingsUntilTheyAreRemoved() throws InterruptedException {
        JsonNode image = client.images(client.post("/v1/generate", "{\"model\":\"model\",\"seed\":41}"))
                .get(0);
        String path = "/v1/images/" + image.get("id").textValue();
        assertThat(client.get("/v1/images").body()).asString().doesNotContain(path.substring(11));
        client.send(client.request(path + "/kept").PUT(BodyPublishers.noBody()));
        JsonNode kept =
                StudioClient.json(client.get("/v1/images")).get("images").get(0);
        assertThat(kept.get("settings").get("seed").intValue()).isEqualTo(41);
        assertThat(kept.get("kept").booleanValue()).isTrue();
        assertThat(client.send(client.request(path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(client.get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void modelsOfTheFolderAreListedAndSwitchedWithoutRestart() throws InterruptedException {
        JsonNode all = StudioClient.json(client.get("/v1/models"));
        assertThat(all.get("models").findValuesAsText("name")).contains("mmgen-model-shapes", "model");
        assertThat(all.get("models").findValues("distilled"))
                .isNotEmpty()
                .as("neither has a lesson of a teacher in it")
                .allMatch(JsonNode::isArray)
                .allMatch(JsonNode::isEmpty);
        for (String name : List.of("mmgen-model-shapes", "model", "mmgen-model-shapes")) {
            JsonNode image = client.images(client.post("/v1/generate", "{\"steps\":1,\"model\":\"" + name + "\"}"))
                    .get(0);
            assertThat(image.get("trace").get("Model").textValue()).isEqualTo(name);
        }
        // Both are open: who comes next waits for neither.
        assertThat(StudioClient.json(client.get("/v1/models")).get("models").findValuesAsText("open"))
                .filteredOn("true"::equals)
                .hasSize(2);
        assertThat(client.get("/v1/doctor").body()).asString().contains("libtorch");
    }

    @Test
    void aLessonEndsInAModelThatDraws() throws InterruptedException {
        for (int i = 0; i < 12; i++) {
            RgbImage photo = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TRAIN.seed(i)), 64, 64)
                    .rgb();
            photo.write(folder.resolve("pictures/scenes/rgb/" + i + ".png"));
            photo.write(folder.resolve("pictures/scenes/sketch/" + i + ".png"));
        }
        assertThat(StudioClient.json(client.get("/v1/lesson"))
                        .get("pictures")
                        .get(0)
                        .textValue())
                .isEqualTo("scenes");
        HttpResponse<byte[]> begun = client.post(
                "/v1/lesson",
                "{\"model\":\"model\",\"name\":\"taught\",\"pictures\":\"scenes\",\"modality\":\"sketch\",\"steps\":3}");
        assertThat(begun.statusCode())
                .as(new String(begun.body(), StandardCharsets.UTF_8))
                .isEqualTo(202);
        String events = new String(client.get("/v1/lesson/events").body(), StandardCharsets.UTF_8);
        JsonNode lesson = StudioClient.json(client.get("/v1/lesson")).get("lesson");
        assertThat(lesson.get("state").textValue()).as(lesson.toString()).isEqualTo("done");
        assertThat(lesson.get("losses")).hasSize(3);
        assertThat(lesson.get("scores").get("sketch").get("after").doubleValue())
                .isPositive();
        assertThat(events.strip().lines().toList().getLast()).contains("\"state\":\"done\"");
        JsonNode image = client.images(client.post("/v1/generate", "{\"model\":\"taught\",\"steps\":1}"))
                .get(0);
        assertThat(picture(image, "sketch.png").width()).isEqualTo(64);
    }
}
