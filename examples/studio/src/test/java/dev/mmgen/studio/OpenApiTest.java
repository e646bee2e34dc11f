package dev.mmgen.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import dev.mmgen.studio.StudioClient.Form;
import dev.mmgen.studio.limit.Limits;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.torch.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The server held against its own OpenAPI file, field by field: what the file allows is taken, and whatever it forbids is a 4xx that
 * names the field, with nothing written and the server alive.
 */
class OpenApiTest {

    @TempDir
    static Path folder;

    private static final RgbImage PHOTO = RandomModel.photo();
    private static final JsonNode API = api();

    private static Studio studio;
    private static StudioClient client;
    private static List<Path> before;

    /** A field of a request's settings. */
    private record Field(String path, boolean form, String name, JsonNode schema) {

        @Override
        public String toString() {
            return path + " " + name;
        }

        /** Returns settings of this field and, where a request needs them, the others. */
        String settings(String value) {
            ObjectNode all = Json.COMPACT.object();
            schemaOf(path).withArray("/required").forEach(other -> all.put(other.textValue(), "missing"));
            all.remove(name);
            // Width and height go together.
            String pair = name.equals("width") ? ",\"height\":64" : name.equals("height") ? ",\"width\":64" : "";
            String others = all.isEmpty()
                    ? ""
                    : "," + all.toString().substring(1, all.toString().length() - 1);
            return "{\"" + name + "\":" + value + pair + others + "}";
        }

        HttpResponse<byte[]> post(String value) {
            return form ? client.post(path, whole(path, settings(value))) : client.post(path, settings(value));
        }
    }

    @BeforeAll
    static void start() throws IOException {
        studio = Studio.start(StudioOptions.DEFAULT
                .withPort(0)
                .withModel(RandomModel.make(folder).toString())
                .withModels(Files.createDirectories(folder.resolve("models")))
                .withPictures(Files.createDirectories(folder.resolve("pictures")))
                .withLimits(Limits.DEFAULT.withQueue(1000).withTime(Duration.ofSeconds(20))));
        client = new StudioClient(studio);
        before = files();
    }

    @AfterAll
    static void nothingIsWrittenAndTheServerLives() throws IOException, InterruptedException {
        assertThat(client.images(client.post("/v1/generate", "{\"steps\":1}"))).hasSize(1);
        studio.close();
        assertThat(files()).isEqualTo(before);
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.sorted().toList();
        }
    }

    private static JsonNode api() {
        try (InputStream in = Objects.requireNonNull(Studio.class.getResourceAsStream("page/openapi.json"))) {
            return Json.COMPACT.tree(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode resolved(JsonNode schema) {
        JsonNode reference = schema.get("$ref");
        return reference == null ? schema : API.at(reference.textValue().substring(1));
    }

    /** Returns the fields of a schema with those of all that it joins. */
    private static Map<String, JsonNode> properties(JsonNode schema) {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        JsonNode whole = resolved(schema);
        whole.path("allOf").forEach(part -> properties.putAll(properties(part)));
        whole.path("properties").properties().forEach(field -> properties.put(field.getKey(), field.getValue()));
        return properties;
    }

    private static JsonNode content(String path) {
        return API.at("/paths/" + path.replace("/", "~1") + "/post/requestBody/content");
    }

    private static boolean isForm(String path) {
        return content(path).has("multipart/form-data");
    }

    private static Map<String, JsonNode> parts(String path) {
        return properties(content(path).get("multipart/form-data").get("schema"));
    }

    private static JsonNode schemaOf(String path) {
        return resolved(
                isForm(path)
                        ? parts(path).get("request")
                        : content(path).get("application/json").get("schema"));
    }

    /** Returns a form with a picture for each part that a request needs. */
    private static Form whole(String path, String settings) {
        Form form = Form.of(settings);
        JsonNode required =
                content(path).get("multipart/form-data").get("schema").path("required");
        required.forEach(part -> form.with(part.textValue(), part.textValue().equals("mask") ? mask() : PHOTO));
        return required.isEmpty() ? form.with("depth", PHOTO) : form;
    }

    private static RgbImage mask() {
        byte[] rgb = new byte[3 * PHOTO.width() * PHOTO.height()];
        Arrays.fill(rgb, 0, 3 * 10 * PHOTO.width(), (byte) 255);
        return RgbImage.of(PHOTO.width(), PHOTO.height(), rgb);
    }

    private static List<String> posts() {
        List<String> posts = new ArrayList<>();
        API.get("paths").properties().forEach(path -> {
            if (path.getValue().has("post")) {
                posts.add(path.getKey());
            }
        });
        return posts;
    }

    static Stream<Field> fields() {
        return posts().stream()
                .flatMap(path -> properties(schemaOf(path)).entrySet().stream()
                        .map(field -> new Field(path, isForm(path), field.getKey(), field.getValue())));
    }

    private static boolean is(JsonNode schema, String type) {
        JsonNode types = schema.path("type");
        return types.isArray()
                ? types.valueStream().anyMatch(one -> one.textValue().equals(type))
                : type.equals(types.asText(schema.has("enum") ? "string" : ""));
    }

    /** Returns values that a field's schema forbids. */
    private static List<String> wrong(JsonNode schema) {
        List<String> wrong = new ArrayList<>(List.of("[]", "[1]", "{}", "{\"a\":1}"));
        boolean number = is(schema, "number") || is(schema, "integer");
        if (!is(schema, "string")) {
            wrong.addAll(List.of("\"seven\"", "\"7\"", "\"\"", "\"NaN\""));
        } else if (schema.has("enum")) {
            wrong.addAll(List.of("\"\"", "\"no such\"", "\"" + "x".repeat(10_000) + "\""));
        } else {
            wrong.add("\"" + "x".repeat(10_000) + "\"");
        }
        if (!is(schema, "boolean")) {
            wrong.addAll(List.of("true", "false"));
        }
        if (number) {
            wrong.addAll(List.of("1e400", "-1e400", "9".repeat(400)));
        } else {
            wrong.addAll(List.of("0", "7", "-1.5", "1e400"));
        }
        if (is(schema, "integer")) {
            wrong.addAll(List.of("1.5", "1e-3", "99999999999999999999"));
        }
        if (schema.has("minimum")) {
            wrong.add(schema.get("minimum")
                    .decimalValue()
                    .subtract(BigDecimal.ONE)
                    .toPlainString());
        }
        if (schema.has("maximum")) {
            wrong.add(schema.get("maximum").decimalValue().add(BigDecimal.ONE).toPlainString());
        }
        return wrong;
    }

    /** Returns values that it allows, as far as it tells them. */
    private static List<String> right(JsonNode schema) {
        List<String> right = new ArrayList<>(List.of("null"));
        schema.path("enum").forEach(value -> right.add(value.toString()));
        Stream.of("minimum", "maximum", "default")
                .filter(schema::has)
                .forEach(bound -> right.add(schema.get(bound).toString()));
        if (is(schema, "boolean")) {
            right.addAll(List.of("true", "false"));
        }
        return right;
    }

    private static String problem(HttpResponse<byte[]> response) {
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = StudioClient.json(response);
        assertThat(problem.get("status").intValue()).isEqualTo(response.statusCode());
        return problem.get("detail").textValue();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void whatAFieldForbidsIsNamed(Field field) {
        for (String value : wrong(field.schema)) {
            HttpResponse<byte[]> response = field.post(value);
            String shown = value.substring(0, Math.min(40, value.length()));
            assertThat(response.statusCode()).as("%s: %s", field, shown).isIn(400, 404);
            assertThat(problem(response))
                    .as("%s: %s", field, shown)
                    .contains(field.name)
                    .hasSizeLessThan(1000);
        }
    }

    @ParameterizedTest
    @MethodSource("fields")
    void whatAFieldAllowsIsTaken(Field field) {
        for (String value : right(field.schema)) {
            HttpResponse<byte[]> response = field.post(value);
            if (response.statusCode() == 202) {
                String job = StudioClient.json(response).get("id").textValue();
                client.send(client.request("/v1/jobs/" + job).DELETE());
            } else {
                // Such as a width of one pixel: in range, and yet not what this model draws.
                assertThat(problem(response))
                        .as("%s: %s", field, value)
                        .doesNotContain("'" + field.name + "' is " + value, "it must be one of", "there is no setting");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("posts")
    void theFileListsAllSettings(String path) {
        String settings = "{\"no-such\":1}";
        HttpResponse<byte[]> response =
                isForm(path) ? client.post(path, whole(path, settings)) : client.post(path, settings);
        String detail = problem(response);
        if (detail.contains("there are [")) {
            String known = detail.substring(detail.indexOf("there are [") + 11, detail.lastIndexOf(']'));
            assertThat(new TreeSet<>(List.of(known.split(", "))))
                    .isEqualTo(new TreeSet<>(properties(schemaOf(path)).keySet()));
        } else {
            // A lesson asks for its name first.
            assertThat(detail).contains("is missing");
        }
    }

    static Stream<Arguments> uploads() {
        return posts().stream()
                .filter(OpenApiTest::isForm)
                .flatMap(path -> parts(path).keySet().stream()
                        .filter(part -> !part.equals("request"))
                        .map(part -> arguments(path, part)));
    }

    @ParameterizedTest
    @MethodSource("uploads")
    void aFileThatIsNoneIsNamed(String path, String part) {
        byte[] png = PHOTO.encoded(ImageFormat.PNG);
        byte[] array = "\u0093NUMPY\u0001\u0000".getBytes(StandardCharsets.ISO_8859_1);
        List<byte[]> wrong = List.of(
                new byte[0],
                new byte[] {0},
                "GIF89a".getBytes(StandardCharsets.US_ASCII),
                "<html>".getBytes(StandardCharsets.US_ASCII),
                Arrays.copyOf(png, png.length / 2),
                Arrays.copyOf(png, 30),
                array,
                Arrays.copyOf(array, 200));
        for (byte[] file : wrong) {
            HttpResponse<byte[]> response = client.post(path, whole(path, "{}").with(part, file));
            assertThat(response.statusCode()).as("%s %s", path, part).isEqualTo(400);
            assertThat(problem(response)).contains("'" + part + "'");
        }
    }

    @ParameterizedTest
    @MethodSource("posts")
    void aBodyThatIsCutOffIsRefused(String path) {
        byte[] body = isForm(path) ? whole(path, "{}").bytes() : "{\"seed\":7}".getBytes(StandardCharsets.UTF_8);
        for (int part = 0; part < 8; part++) {
            byte[] cut = Arrays.copyOf(body, body.length * part / 8);
            HttpResponse<byte[]> response =
                    isForm(path) ? client.post(path, cut) : client.post(path, new String(cut, StandardCharsets.UTF_8));
            assertThat(response.statusCode())
                    .as("%s, %s bytes", path, cut.length)
                    .isEqualTo(400);
            problem(response);
        }
    }

    @Test
    void everyPathOfTheFileIsServed() {
        API.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .map(Map.Entry::getKey)
                        .filter(method -> !method.equals("parameters"))
                        .forEach(method -> {
                            String served = path.getKey().replaceAll("\\{[a-z]+}", "unknown");
                            HttpResponse<byte[]> response = client.send(client.request(served)
                                    .method(method.toUpperCase(Locale.ROOT), BodyPublishers.noBody()));
                            assertThat(response.statusCode())
                                    .as("%s %s", method, served)
                                    .isNotEqualTo(405);
                            if (response.statusCode() >= 400) {
                                assertThat(problem(response)).doesNotContain("there is nothing at");
                            }
                        }));
        assertThat(fields().map(Field::toString).collect(Collectors.toSet())).hasSizeGreaterThan(60);
    }
}
