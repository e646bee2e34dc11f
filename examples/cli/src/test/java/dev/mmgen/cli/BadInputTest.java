package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bad input: every fault is one line that names it, and leaves no file behind. */
@ExtendWith(OneThread.class)
class BadInputTest {

    @TempDir
    private static Path demo;

    private static Path pristine;
    private static Path photo;

    @TempDir
    private Path folder;

    private Path model;
    private Path weights;
    private Path out;
    private long tensors;

    @BeforeAll
    static void make() {
        pristine = RandomModel.make(demo);
        photo = demo.resolve("photo.png");
        RandomModel.photo().write(photo);
    }

    @BeforeEach
    void copy() throws IOException {
        model = folder.resolve("model");
        weights = model.resolve("model.safetensors");
        out = folder.resolve("out");
        try (Stream<Path> files = Files.walk(pristine)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(pristine.relativize(file)));
            }
        }
        tensors = Torch.liveTensors();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(Torch.liveTensors()).isEqualTo(tensors);
        assertThat(out).doesNotExist();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
        }
    }

    /** Runs a command that must fail with one line that contains all these parts. */
    private static void fails(int exitCode, List<?> command, Object... parts) {
        CommandRun run = CommandRun.of(command.toArray());
        assertThat(run.errorLines()).as("lines of %s", command).hasSize(1);
        assertThat(run.errorLines().getFirst())
                .startsWith("mmgen: ")
                .contains(Arrays.stream(parts).map(Object::toString).toList());
        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
    }

    private void generateFails(Object... parts) {
        fails(1, List.of("generate", "-m", model, "--steps", 2, "-o", out), parts);
    }

    private List<?> convert(Path checkpoint) {
        return List.of("convert", checkpoint, "--vae", model.resolve("vae"), "-o", out);
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        Path absent = folder.resolve("absent");
        fails(1, List.of("generate", "-m", absent), absent, "mmgen convert");
        fails(1, List.of("understand", "-m", model, absent, "-o", out), absent);
        fails(1, List.of("condition", "-m", model, "-g", "depth=" + absent, "-o", out), absent);
        fails(1, List.of("inspect", absent), absent);
        fails(1, convert(absent), absent);
        fails(1, List.of("convert", demo.resolve("demo.pt"), "--vae", absent, "-o", out), absent, "autoencoder");
        Files.delete(weights);
        generateFails(weights);
    }

    @Test
    void truncatedWeightsAreNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(weights);
        for (int length : new int[] {0, 7, 100, bytes.length - 1}) {
            Files.write(weights, Arrays.copyOf(bytes, length));
            generateFails(weights);
        }
        Path autoencoder = model.resolve("vae/diffusion_pytorch_model.safetensors");
        Files.write(weights, bytes);
        Files.write(autoencoder, Arrays.copyOf(Files.readAllBytes(autoencoder), 1000));
        generateFails(autoencoder);
    }

    @Test
    void wrongMagicNumbersAreNamed() throws IOException {
        Files.writeString(weights, "<!DOCTYPE html><html><body>Please log in</body></html>");
        generateFails(weights);
        Path checkpoint = folder.resolve("page.pt");
        Files.writeString(checkpoint, "<!DOCTYPE html><html><body>Please log in</body></html>");
        fails(1, convert(checkpoint), checkpoint);
        fails(1, List.of("inspect", checkpoint), checkpoint);
    }

    @Test
    void impossibleHeadersAreRefused() throws IOException {
        writeHeader(1L << 40, "{}");
        generateFails(weights);
        writeHeader(-1, "{}");
        generateFails(weights);
        String overlapping = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}";
        writeHeader(overlapping.length(), overlapping + "123456789012");
        generateFails(weights, "'b'");
        String huge = "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}";
        writeHeader(huge.length(), huge + "12345678");
        generateFails(weights, "'a'");
    }

    private void writeHeader(long length, String rest) throws IOException {
        byte[] text = rest.getBytes(StandardCharsets.US_ASCII);
        Files.write(
                weights,
                ByteBuffer.allocate(8 + text.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .put(text)
                        .array());
    }

    @Test
    void weightsOfAnotherShapeAreNamed() {
        try (Safetensors file = Safetensors.open(pristine.resolve("model.safetensors"));
                StateDict state = file.load();
                Tensor other = Torch.zeros(3)) {
            Map<String, Tensor> changed = new LinkedHashMap<>(state.asMap());
            changed.remove("x_embedder.proj.bias");
            changed.put("blocks.0.mlp.fc2.bias", other);
            changed.put("colour", other);
            Safetensors.write(weights, changed, Map.of());
        }
        generateFails(
                weights,
                "x_embedder.proj.bias",
                "blocks.0.mlp.fc2.bias is [3], not [128]",
                "unexpected: colour",
                "config.json");
    }

    @Test
    void brokenSettingsAreNamed() throws IOException {
        Path config = model.resolve("config.json");
        String json = Files.readString(config);
        Files.writeString(config, json.replace("\"width\" : 128", "\"width\" : \"wide\""));
        generateFails(config, "'transformer.width'", "whole number");
        Files.writeString(config, json.replace("\"path\"", "\"paths\""));
        generateFails(config, "'path'");
        Files.writeString(config, json.substring(0, json.length() / 2));
        generateFails(config);
        Files.writeString(config, json);
        Files.delete(model.resolve("vae/config.json"));
        generateFails(model.resolve("vae"), "config.json");
    }

    @Test
    void aPickleWithAForeignGlobalIsNamedAndNotRun() throws IOException {
        Path proof = folder.resolve("proof");
        Path checkpoint = folder.resolve("hostile.pt");
        zip(
                checkpoint,
                Map.of(
                        "archive/data.pkl",
                                ("\u0080\u0002cposix\nsystem\n(S'touch " + proof + "'\ntR.")
                                        .getBytes(StandardCharsets.ISO_8859_1),
                        "archive/version", "3\n".getBytes(StandardCharsets.UTF_8)));
        fails(1, convert(checkpoint), checkpoint, "posix", "system");
        fails(1, List.of("inspect", checkpoint), checkpoint, "posix", "system");
        fails(1, List.of("generate", "--checkpoint", checkpoint, "--vae", model.resolve("vae")), checkpoint, "posix");
        assertThat(proof).doesNotExist();
    }

    @Test
    void zipEntriesThatInflateBeyondTheirSizeAreRefused() throws IOException {
        Path checkpoint = folder.resolve("bomb.pt");
        zip(checkpoint, Map.of("archive/data.pkl", new byte[1 << 20]));
        byte[] bytes = Files.readAllBytes(checkpoint);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.length - 30; i++) {
            if (file.getInt(i) == 0x02014b50) {
                file.putInt(i + 24, 100);
            }
        }
        Files.write(checkpoint, bytes);
        fails(1, convert(checkpoint), checkpoint);
        fails(1, List.of("inspect", checkpoint), checkpoint);
    }

    private static void zip(Path file, Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        Files.write(file, bytes.toByteArray());
    }

    @Test
    void foreignCheckpointsAreRefused() {
        Path checkpoint = folder.resolve("other.pt");
        try (Tensor tensor = Torch.zeros(2)) {
            PickleCheckpoint.write(checkpoint, Map.of("state_dict", Map.of("w", tensor)));
            fails(1, convert(checkpoint), checkpoint, "'ema'", "state_dict");
            PickleCheckpoint.write(checkpoint, Map.of("ema", Map.of("w", tensor), "args", Map.of("model", "SiT-S/2")));
            fails(1, convert(checkpoint), checkpoint, "x_embedder.proj.weight", "unexpected: w", "'args'");
            PickleCheckpoint.write(checkpoint, Map.of("ema", Map.of("w", tensor), "args", Map.of("model", "UNet")));
            fails(1, convert(checkpoint), checkpoint, "'model' is 'UNet'", "SiT-<size>/<patch>");
        }
    }

    @Test
    void filesThatAreNoImagesAreNamed() throws IOException {
        Path text = folder.resolve("text.png");
        Files.writeString(text, "no image");
        fails(1, List.of("understand", "-m", model, text, "-o", out), text);
        fails(1, List.of("condition", "-m", model, "-g", "depth=" + text, "-o", out), text);
        byte[] png = Files.readAllBytes(photo);
        Files.write(text, Arrays.copyOf(png, png.length / 2));
        fails(1, List.of("understand", "-m", model, text, "-o", out), text);
        fails(1, List.of("understand", "-m", model, folder, "-o", out), folder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-c 10                | category is 10; it must be from 0 to 9",
                "-c -1                | category is -1",
                "-c cat               | no category 'cat'; numbers only",
                "-c 99999999999       | no category '99999999999'",
                "--steps 0            | steps is 0",
                "--steps 2000000000   | steps is 2000000000",
                "--count 0            | count is 0",
                "--count 2000000000   | 2000000000 images; 100000 at most",
                "--batch -3           | batch is -3",
                "--width 60           | 60 x 60; multiples of 16",
                "--width 0            | 0 x 0",
                "--width 2000000000   | 2000000000",
                "--sampler dpm        | 'dpm'; euler-maruyama",
                "--guidance -1        | -1.0",
                "--guidance NaN       | NaN",
                "--condition-guidance 2 | none is given here; mmgen condition",
                "--guidance 2 --guidance-interval 0.8 0.2 | 0.8; 0.2",
                "--device tpu         | tpu; cuda",
                "--device cuda:99     | cuda:99; CUDA devices; doctor",
                "--guidance-interval 0 1 | add --guidance",
                "--threads 0          | thread; 0",
            })
    void settingsOutOfRangeAreNamed(String options, String parts) {
        List<Object> command = new ArrayList<>(List.of("generate", "-m", model, "-o", out));
        command.addAll(List.of(options.split(" +")));
        fails(1, command, (Object[]) parts.split("; "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "generate --categroy 1                     | there is no option '--categroy'; did you mean --category",
                "generate --seed x                         | 'x' is not a whole number",
                "generate --seed 1.5                       | '1.5' is not a whole number",
                "generate --steps 99999999999              | 99999999999 is too large",
                "generate --guidance much                  | 'much' is not a number",
                "generate --dtype int4                     | expected one of float32, bfloat16, float16, int8 but was 'int4'",
                "generate one                              | 'one' is one argument too many",
                "generate @no-such                         | there is no file 'no-such'",
                "generate --checkpoint x.pt                | --vae",
                "generate -m a --checkpoint x.pt --vae v   | --model FOLDER",
                "understand -m a                           | PHOTO",
                "condition -m a                            | --given",
                "condition -m a --given depth              | depth; --given",
                "convert x.pt -o y                         | --vae",
                "inspect                                   | FILE",
                "inspect a\0b                              | is not a path; Nul character not allowed",
                "inpaint a.png                             | mmgen: Missing required argument",
                "understand a.png --raw npy,pn\"g           | pn\"g; npy",
                "paint                                     | there is no command 'paint'; did you mean; inpaint; mmgen --help",
                "pai\rnt\u001b[31m                       | there is no command 'pai; nt\\u001b[31m'",
                "studio --checkpoint x.pt --vae v --port 0 | --model FOLDER",
            })
    void wrongUsageIsOneLine(String command, String parts) {
        fails(2, List.of(command.split(" +")), (Object[]) parts.split("; "));
    }

    @Test
    void anEmptyPathIsRefused() {
        fails(2, List.of("generate", "-m", model, "-o", ""), "the path is empty", ". for the current one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 70000                       | port is 70000; from 0 to 65535",
                "--port 0 --address 0.0.0.0 --token abc | the token must be 16 to 200",
                "--port 0 --models no-such           | --models no-such; no folder",
                "--port 0 --pictures no-such         | --pictures no-such; no folder",
                "--port 0 --model no-such            | no-such",
            })
    void aStudioThatCannotBeStartedIsRefused(String options, String parts) {
        List<Object> words = new ArrayList<>(List.of("studio", "--no-open"));
        words.addAll(List.of(options.split(" +")));
        fails(1, words, (Object[]) parts.split("; "));
    }

    @Test
    void unknownModalitiesAreNamed() {
        fails(
                1,
                List.of("condition", "-m", model, "-g", "edges=" + photo, "-o", out),
                "'edges'",
                "rgb, depth, normal, segmentation");
        List<Object> all = new ArrayList<>(List.of("condition", "-m", model, "-o", out));
        for (String modality : List.of("rgb", "depth", "normal", "segmentation")) {
            all.addAll(List.of("-g", modality + "=" + photo));
        }
        fails(1, all, "none is left to draw");
    }

    @Test
    void foldersThatCannotBeWrittenAreNamed() throws IOException {
        Path inAFile = photo.resolve("out");
        fails(1, List.of("generate", "-m", model, "--steps", 1, "-o", inAFile), "--out", inAFile, photo);
        fails(1, List.of("convert", demo.resolve("demo.pt"), "--vae", model.resolve("vae"), "-o", inAFile), photo);
        byte[] before = Files.readAllBytes(weights);
        fails(
                1,
                List.of("convert", demo.resolve("demo.pt"), "--vae", model.resolve("vae"), "-o", model),
                model,
                "remove it");
        assertThat(weights).hasBinaryContent(before);
    }

    @Test
    void unknownKeysAreNamed() {
        fails(1, List.of("inspect", demo.resolve("demo.pt"), "--key", "emma"), demo.resolve("demo.pt"), "emma");
    }
}
