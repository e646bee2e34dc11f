package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Results of the reference for image files, every entry of the manifest. */
class ImagePrepGoldenTest {

    private static final String NORMALISE = "normalise.safetensors";
    private static final String TO_UINT8 = "to_uint8.safetensors";

    private final Goldens goldens = Goldens.folder("image_prep");

    @TestFactory
    Stream<DynamicTest> everyFileIsPreparedAsRecorded() {
        return goldens.manifest().get("files").properties().stream()
                .filter(entry -> entry.getKey().startsWith("in/"))
                .map(entry ->
                        DynamicTest.dynamicTest(entry.getKey(), () -> checkFile(entry.getKey(), entry.getValue())));
    }

    private void checkFile(String name, JsonNode entry) {
        if (!entry.has("crops")) {
            assertThatExceptionOfType(ImageException.class)
                    .isThrownBy(() -> reference(name))
                    .withMessageContaining(goldens.path(name).toString());
            return;
        }
        RgbImage image = reference(name);
        if (entry.has("opened_size")) {
            assertThat(List.of(image.width(), image.height()))
                    .isEqualTo(List.of(
                            entry.get("opened_size").get(0).asInt(),
                            entry.get("opened_size").get(1).asInt()));
        }
        boolean lossless = !name.endsWith(".jpg");
        if (entry.has("decoded")) {
            RgbImage decoded = reference(entry.get("decoded").asText());
            assertWithinDecoderTolerance(image, decoded);
            image = decoded;
            lossless = true;
        }
        for (Map.Entry<String, JsonNode> crop : entry.get("crops").properties()) {
            RgbImage expected = reference(crop.getValue().get("file").asText());
            assertThat(sha256(expected))
                    .isEqualTo(crop.getValue().get("sha256_rgb").asText());
            RgbImage actual = new CenterCrop(Integer.parseInt(crop.getKey())).apply(image);
            if (lossless) {
                assertThat(actual).as("crop to %s", crop.getKey()).isEqualTo(expected);
            } else {
                assertWithinDecoderTolerance(actual, expected);
            }
        }
    }

    private RgbImage reference(String name) {
        return RgbImage.read(goldens.path(name), ImageReading.REFERENCE);
    }

    private static void assertWithinDecoderTolerance(RgbImage actual, RgbImage expected) {
        assertThat(actual.toString()).isEqualTo(expected.toString());
        byte[] a = actual.rgb();
        byte[] b = expected.rgb();
        long sum = 0;
        int largest = 0;
        for (int i = 0; i < a.length; i++) {
            int difference = Math.abs((a[i] & 0xff) - (b[i] & 0xff));
            sum += difference;
            largest = Math.max(largest, difference);
        }
        assertThat(largest).as("largest difference").isLessThanOrEqualTo(4);
        assertThat((double) sum / a.length).as("mean difference").isLessThanOrEqualTo(1);
    }

    private static String sha256(RgbImage image) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void normalisation() {
        Map<String, Goldens.Array> arrays = goldens.arrays(NORMALISE);
        Goldens.Array pixels = arrays.get("pixels_hwc");
        RgbImage image = RgbImage.of(pixels.shape()[1], pixels.shape()[0], bytes(pixels.integers()));

        assertThat(Normalization.SIGNED.apply(image))
                .isEqualTo(arrays.get("vae_chw").floats());
        assertThat(Normalization.IMAGENET.apply(image))
                .isEqualTo(arrays.get("dino_chw").floats());
    }

    @Test
    void inferenceTruncates() {
        Map<String, Goldens.Array> arrays = goldens.arrays(TO_UINT8);
        Goldens.Array decoded = arrays.get("decoded");
        byte[] expected = bytes(arrays.get("sample_u8_hwc").integers());
        List<float[]> images = images(decoded);
        for (int i = 0; i < images.size(); i++) {
            int length = images.get(i).length;
            RgbImage actual = Quantization.TRUNCATE.toRgbImage(images.get(i), decoded.shape()[3], decoded.shape()[2]);
            assertThat(actual.rgb()).isEqualTo(Arrays.copyOfRange(expected, i * length, (i + 1) * length));
        }
    }

    @Test
    void previewsRound() {
        Map<String, Goldens.Array> arrays = goldens.arrays(TO_UINT8);
        Goldens.Array input = arrays.get("preview_in");
        int width = input.shape()[3];
        int height = input.shape()[2];
        List<RgbImage> previews = new ArrayList<>();
        for (float[] unit : images(input)) {
            byte[] rgb = new byte[unit.length];
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] = (byte) Quantization.ROUND.level(unit[i % 3 * width * height + i / 3]);
            }
            previews.add(RgbImage.of(width, height, rgb));
        }
        RgbImage sheet = ContactSheet.PREVIEW.of(previews);

        Goldens.Array expected = arrays.get("preview_u8_hwc");
        assertThat(sheet).isEqualTo(RgbImage.of(expected.shape()[1], expected.shape()[0], bytes(expected.integers())));
        assertThat(sheet).isEqualTo(reference("preview_grid.png"));
    }

    private static List<float[]> images(Goldens.Array nchw) {
        float[] values = nchw.floats();
        int count = nchw.shape()[0];
        int length = values.length / count;
        List<float[]> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(Arrays.copyOfRange(values, i * length, (i + 1) * length));
        }
        return images;
    }

    private static byte[] bytes(long[] levels) {
        byte[] bytes = new byte[levels.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) levels[i];
        }
        return bytes;
    }
}
