package dev.mmgen.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.studio.StudioClient.Form;
import dev.mmgen.studio.limit.Limits;
import dev.mmgen.testkit.RandomModel;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends, it is told what is wrong, and the server lives. */
class StudioBadInputTest {

    @TempDir
    static Path folder;

    private static final RgbImage PHOTO = RandomModel.photo();
    private static final Limits LIMITS = Limits.DEFAULT
            .withBodyBytes(1 << 20)
            .withPhotoPixels(100_000)
            .withDrawnPixels(128 * 128)
            .withQueue(8)
            .withTime(Duration.ofSeconds(20));

    private static Studio studio;
    private static StudioClient client;

    @BeforeAll
    static void start() {
        studio = Studio.start(StudioOptions.DEFAULT
                .withPort(0)
                .withModel(RandomModel.make(folder).toString())
                .withModels(folder)
                .withPictures(folder)
                .withLimits(LIMITS));
        client = new StudioClient(studio);
    }

    @AfterAll
    static void close() {
        studio.close();
    }

    @AfterEach
    void serverLives() throws InterruptedException {
        assertThat(client.end(client.post("/v1/generate", "{\"steps\":1}"))
                        .get("state")
                        .textValue())
                .isEqualTo("done");
    }

    private static void assertProblem(HttpResponse<byte[]> response, int status, String detail) {
        assertThat(response.body()).asString().contains("\"status\":" + status);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(StudioClient.json(response).get("detail").textValue()).contains(detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"seed\":\"seven\"} | 'seed' is \"seven\"",
                "{\"seed\":1e400} | 'seed'",
                "{\"seed\":9007199254740992} | 'seed' is 9007199254740992",
                "{\"seed\":1.5} | 'seed' is 1.5",
                "{\"count\":0} | 'count' is 0; it must be a whole number from 1 to 16",
                "{\"count\":17} | 'count' is 17",
                "{\"count\":-1} | 'count'",
                "{\"count\":99999999999999999999} | 'count'",
                "{\"count\":[4]} | 'count' is [4]",
                "{\"first\":-1} | 'first'",
                "{\"steps\":0} | 'steps'",
                "{\"steps\":1001} | 'steps' is 1001",
                "{\"steps\":true} | 'steps' is true",
                "{\"guidance\":\"NaN\"} | 'guidance'",
                "{\"guidance\":-1} | 'guidance' is -1",
                "{\"guidance\":101} | 'guidance'",
                "{\"sampler\":\"magic\"} | one of euler",
                "{\"category\":10} | the model has categories from 0 to 9",
                "{\"category\":-1} | 'category'",
                "{\"category\":{}} | 'category' is {}; it must be a category's name or its number from 0",
                "{\"guidance\":NaN} | Non-standard token 'NaN'",
                "{\"category\":\"dragon\"} | dragon",
                "{\"width\":64} | 'width' and 'height' go together",
                "{\"width\":65,\"height\":64} | multiples of 16",
                "{\"width\":96,\"height\":96} | 'anySize' allows it",
                "{\"anySize\":1} | 'anySize' is 1",
                "{\"width\":256,\"height\":256} | more than the 16384 pixels",
                "{\"count\":2,\"width\":128,\"height\":128} | 2 of 128 x 128 pixels are more",
                "{\"width\":100000,\"height\":64} | 'width' is 100000",
                "{\"sede\":7} | there is no setting 'sede'",
                "{\"ensemble\":3} | there is no setting 'ensemble'",
                "{\"seed\":1,\"seed\":2} | Duplicate field 'seed'",
                "[1,2] | must be a JSON object",
                "7 | must be a JSON object",
                "{\"seed\": | no JSON",
                "'' | must be a JSON object",
            })
    void aWrongSettingIsNamed(String json, String detail) {
        assertProblem(client.post("/v1/generate", json), 400, detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"ensemble\":0} | 'ensemble'",
                "{\"ensemble\":51} | 'ensemble' is 51",
                "{\"fit\":\"shrink\"} | one of crop, pad, stretch, tile",
                "{\"depthCoding\":3} | 'depthCoding' is 3",
                "{\"normalCoding\":\"vulkan\"} | one of opengl, directx",
                "{\"points\":true} | there is no setting 'points'",
            })
    void aWrongSettingOfAFormIsNamed(String json, String detail) {
        assertProblem(client.post("/v1/understand", Form.of(json).with("rgb", PHOTO)), 400, detail);
    }

    @Test
    void unknownModelsAndPathsAreNotOpened() {
        for (String name : List.of("no-such", "../model", "/etc", "..", ".", "", "model/vae")) {
            assertProblem(client.post("/v1/generate", "{\"model\":\"" + name + "\"}"), 404, "there is no model");
        }
        for (String path : List.of(
                "/page/..%2f..%2fStudio.class",
                "/page/%2e%2e/Studio.class",
                "/page/openapi.json/",
                "/page/three/..",
                "/page/package-info.class",
                "/v1/images/x/../../secret",
                "/v1/nothing",
                "/v1/jobs/unknown",
                "/v1/images/unknown/rgb.png")) {
            HttpResponse<byte[]> response = client.get(path);
            assertThat(response.statusCode()).as(path).isIn(400, 404);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"pictures\":\"edges\"} | 400 | 'name' is missing",
                "{\"name\":\"new\"} | 400 | 'pictures' is missing",
                "{\"name\":\"../new\",\"pictures\":\"edges\"} | 400 | letters, digits",
                "{\"name\":\"model\",\"pictures\":\"edges\"} | 400 | a model in use",
                "{\"name\":\"new\",\"pictures\":\"/etc\"} | 404 | there is no folder of pictures",
                "{\"name\":\"new\",\"pictures\":\"..\"} | 404 | there is no folder of pictures",
                "{\"name\":\"new\",\"pictures\":\"edges\",\"lora\":0} | 400 | 'lora' is 0",
                "{\"name\":\"new\",\"pictures\":\"edges\",\"steps\":1e9} | 400 | 'steps'",
                "{\"name\":\"new\",\"pictures\":\"edges\",\"modality\":\"A b\"} | 400 | cannot name a modality",
                "{\"name\":\"new\",\"pictures\":\"edges\",\"replaces\":\"heat\"} | 400 | no modality 'heat'",
            })
    void aLessonTakesNamesAndNoPaths(String json, int status, String detail) {
        assertProblem(client.post("/v1/lesson", json), status, detail);
        assertProblem(client.get("/v1/lesson/samples.png"), 404, "no lesson yet");
    }

    @Test
    void aWrongMethodOrTypeIsNamed() {
        assertProblem(client.get("/v1/generate"), 405, "takes POST");
        assertProblem(
                client.send(client.request("/v1/generate")
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("{}"))),
                415,
                "'text/plain'");
        assertProblem(
                client.send(client.request("/v1/generate")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofInputStream(InputStream::nullInputStream))),
                411,
                "Content-Length");
    }

    @Test
    void aWrongFileIsNamed() {
        byte[] page = "<!doctype html><html>not found</html>".getBytes(StandardCharsets.UTF_8);
        assertProblem(client.post("/v1/understand", Form.of("{}").with("rgb", page)), 400, "'rgb'");
        assertProblem(client.post("/v1/understand", Form.of("{}").with("rgb", new byte[0])), 400, "'rgb'");
        byte[] png = PHOTO.encoded(dev.mmgen.image.ImageFormat.PNG);
        assertProblem(
                client.post("/v1/understand", Form.of("{}").with("rgb", Arrays.copyOf(png, png.length / 2))),
                400,
                "'rgb'");
        assertProblem(client.post("/v1/understand", Form.of("{}")), 400, "'rgb' is missing");
        assertProblem(
                client.post("/v1/understand", Form.of("{}").with("rgb", PHOTO).with("heat", PHOTO)),
                400,
                "the form has a part 'heat'");
        assertProblem(client.post("/v1/condition", Form.of("{}")), 400, "no condition is given");
        assertProblem(
                client.post("/v1/condition", Form.of("{\"fit\":\"tile\"}").with("depth", PHOTO)), 400, "for reading");
        RgbImage grey = RgbImage.of(64, 64, new byte[3 * 64 * 64]);
        assertProblem(client.post("/v1/condition", Form.of("{}").with("depth", grey)), 400, "tells no depth");
        assertProblem(
                client.post("/v1/inpaint", Form.of("{}").with("rgb", PHOTO).with("mask", grey)), 400, "'mask'");
        assertProblem(client.post("/v1/inpaint", Form.of("{}").with("rgb", PHOTO)), 400, "'mask' is missing");
        assertProblem(
                client.post("/v1/inpaint", Form.of("{}").with("rgb", PHOTO).with("mask", PHOTO.crop(0, 0, 32, 32))),
                400,
                "all must be of one size");
    }

    @Test
    void tooMuchIsRefusedByItsHeader() {
        RgbImage large = RgbImage.of(400, 300, new byte[3 * 400 * 300]);
        assertProblem(
                client.post("/v1/understand", Form.of("{}").with("rgb", large)), 413, "120000 pixels, more than the");
        assertProblem(client.post("/v1/understand", new byte[(1 << 20) + 1]), 413, "more than the 1048576");
        // Far more than the buffers of a connection: the answer waits for the client to have sent it.
        assertProblem(client.post("/v1/understand", new byte[40 << 20]), 413, "more than the 1048576");
        assertProblem(client.post("/v1/nothing", new byte[40 << 20]), 404, "there is nothing at this path");
        assertProblem(client.post("/v1/generate", "{\"a\":" + "[".repeat(100_000) + "}"), 400, "no JSON");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 500, 2000})
    void aFormThatIsCutOffIsRefused(int length) {
        byte[] whole = Form.of("{}").with("rgb", PHOTO).bytes();
        HttpResponse<byte[]> response = client.post("/v1/understand", Arrays.copyOf(whole, length));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    /** Returns a connection on which an upload has begun that announces more than it has sent. */
    private static Socket upload(int length) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), studio.page().getPort());
        String head = "POST /v1/understand HTTP/1.1\r\nHost: localhost:"
                + studio.page().getPort()
                + "\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: " + length + "\r\n\r\n--x\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() throws IOException {
        upload(100_000).close();
    }

    @Test
    void anUploadThatIsCutOffIsToldSo() throws IOException {
        try (Socket socket = upload(100_000)) {
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("the body ends before");
        }
    }

    /** More than the 200 threads that Jetty has for blocking work by itself. */
    @Test
    void slowUploadsKeepNobodyOut() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 230; i++) {
                sockets.add(upload(1000));
            }
            assertThat(client.get("/v1/models").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void nonsenseInPlaceOfHttpIsRefused() throws IOException {
        for (String nonsense :
                List.of("\u0016\u0003\u0001 not http\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n")) {
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), studio.page().getPort())) {
                socket.getOutputStream().write(nonsense.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                socket.shutdownOutput();
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(answer).as(nonsense).matches("(?s)(HTTP/1.1 (4|5).*|)");
            }
        }
        String longHeader = "x".repeat(20_000);
        assertProblem(
                client.send(client.request("/v1/models").header("X-Long", longHeader)), 431, "more than 8192 bytes");
    }

    @Test
    void twoHundredConnectionsAtOnceAreAnsweredAndTheQueueHasAnEnd() {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add(client.http()
                    .sendAsync(
                            client.request("/v1/generate")
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString("{\"steps\":300,\"seed\":" + i + "}"))
                                    .build(),
                            BodyHandlers.ofByteArray()));
        }
        List<Integer> statuses = answers.stream()
                .map(answer -> answer.join().statusCode())
                .distinct()
                .sorted()
                .toList();
        assertThat(statuses).isEqualTo(List.of(202, 503));
        HttpResponse<byte[]> busy = answers.stream()
                .map(CompletableFuture::join)
                .filter(answer -> answer.statusCode() == 503)
                .findFirst()
                .orElseThrow();
        assertProblem(busy, 503, "requests wait already");
        assertThat(busy.headers().firstValue("Retry-After")).isPresent();
        Stream<HttpResponse<byte[]>> accepted =
                answers.stream().map(CompletableFuture::join).filter(answer -> answer.statusCode() == 202);
        accepted.forEach(answer -> client.send(
                client.request("/v1/jobs/" + StudioClient.json(answer).get("id").textValue())
                        .DELETE()));
    }

    @Test
    void pagesOfOtherSitesAreRefused() {
        assertProblem(
                client.send(client.request("/v1/models").header("Origin", "http://evil.example")), 403, "own page");
        assertProblem(client.send(client.request("/v1/models").header("Origin", "null")), 403, "own page");
        assertProblem(
                client.send(client.request("/v1/models").header("Sec-Fetch-Site", "cross-site")), 403, "own page");
        String own = "http://localhost:" + studio.page().getPort();
        assertThat(client.send(client.request("/v1/models").header("Origin", own))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void namesOfOtherHostsAreRefused() throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), studio.page().getPort())) {
            socket.getOutputStream()
                    .write("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 421")
                    .contains("start it with a token");
        }
    }

    @Test
    void aJobThatTakesTooLongIsEnded() throws InterruptedException {
        try (Studio hasty = Studio.start(StudioOptions.DEFAULT
                .withPort(0)
                .withModel(folder.resolve("model").toString())
                .withLimits(Limits.DEFAULT.withTime(Duration.ofMillis(50))))) {
            StudioClient other = new StudioClient(hasty);
            assertThat(other.end(other.post("/v1/generate", "{\"steps\":1000,\"count\":16}"))
                            .toString())
                    .contains("\"state\":\"failed\"")
                    .contains("it took longer than");
        }
    }

    @Test
    void anAddressForOthersNeedsATokenThatEveryRequestBrings() throws Exception {
        InetAddress all = InetAddress.getByName("0.0.0.0");
        assertThatThrownBy(() -> StudioOptions.DEFAULT.withAddress(all)).hasMessageContaining("add a token");
        assertThatThrownBy(() -> StudioOptions.DEFAULT.withToken("short")).hasMessageContaining("16 to 200");
        String token = "0123456789abcdef";
        try (Studio open = Studio.start(StudioOptions.DEFAULT
                .withToken(token)
                .withAddress(all)
                .withPort(0)
                .withModel(folder.resolve("model").toString()))) {
            StudioClient other = new StudioClient(open);
            assertProblem(other.get("/v1/models"), 401, "Authorization: Bearer TOKEN");
            assertProblem(other.get("/"), 401, "/?token=TOKEN");
            assertProblem(other.get("/?token=0123456789abcdeX"), 401, "/?token=TOKEN");
            assertThat(other.send(other.request("/v1/models").header("Authorization", "Bearer " + token))
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<byte[]> handed = other.get("/?token=" + token);
            assertThat(handed.statusCode()).isEqualTo(303);
            String cookie = handed.headers().firstValue("Set-Cookie").orElseThrow();
            assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict");
            assertThat(other.send(other.request("/").header("Cookie", cookie.split(";", 2)[0]))
                            .statusCode())
                    .isEqualTo(200);
        }
    }
}
