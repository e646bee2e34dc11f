package dev.mmgen.modality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.FloatTiff;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyArray;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modalities read from {@code .npy} files, and {@link NormalCoding}. */
class NumberFilesTest {

    @TempDir
    private Path folder;

    private Path file(NpyArray array) {
        Path file = folder.resolve("numbers.npy");
        array.write(file);
        return file;
    }

    private void refuses(Modality modality, NpyArray array, String... parts) {
        Path file = file(array);
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> modality.read(file))
                .withMessageContaining("numbers.npy")
                .withMessageContainingAll(parts);
    }

    private static byte[] grey(int... levels) {
        byte[] rgb = new byte[3 * levels.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) levels[i / 3];
        }
        return rgb;
    }

    @Test
    void floatsOfRelativeDepthBecomeLevels() {
        Path file = file(NpyArray.of(new float[] {0, 0.5f, 1}, 1, 3));
        assertThat(Modality.DEPTH.read(file)).isEqualTo(RgbImage.of(3, 1, grey(0, 128, 255)));
        assertThat(DepthCoding.FAR_IS_WHITE.read(file)).isEqualTo(RgbImage.of(3, 1, grey(255, 128, 0)));
        assertThat(DepthCoding.NEAR_IS_WHITE.toRgbImage(3, 1, new float[] {0, 0.5f, 1}))
                .isEqualTo(RgbImage.of(3, 1, grey(0, 128, 255)));
    }

    @Test
    void metresAndMillimetresGiveTheSamePicture() {
        double[] metres = {0.5, 1, 2, Double.NaN, 0, -1, Double.POSITIVE_INFINITY, 0.8};
        int[] millimetres = {500, 1000, 2000, 0, 0, -1, 0, 800};
        RgbImage expected = RgbImage.of(4, 2, grey(255, 85, 0, 0, 0, 0, 0, 128));
        assertThat(DepthCoding.DISTANCE.read(file(NpyArray.of(metres, 2, 4)))).isEqualTo(expected);
        assertThat(DepthCoding.DISTANCE.read(file(NpyArray.of(millimetres, 2, 4, 1))))
                .isEqualTo(expected);
        assertThat(DepthCoding.DISTANCE.read(file(NpyArray.of(millimetres, 1, 2, 4))))
                .isEqualTo(expected);
    }

    @Test
    void tiffsOfFloatsAreReadAsArraysAre() throws IOException {
        Path file = folder.resolve("depth.TIF");
        new FloatTiff(3, 1, 1, new float[] {0.5f, 2, 8}).write(file);
        RgbImage expected = DepthCoding.DISTANCE.toRgbImage(3, 1, new float[] {0.5f, 2, 8});
        assertThat(DepthCoding.DISTANCE.read(file)).isEqualTo(expected);
        assertThat(DepthCoding.DISTANCE.read(Files.readAllBytes(file))).isEqualTo(expected);
        Path normals = folder.resolve("normals.tiff");
        new FloatTiff(1, 2, 3, new float[] {0, 0, 1, 0, 1, 0}).write(normals);
        assertThat(NormalCoding.OPENGL.read(normals).rgb())
                .containsExactly(new byte[] {(byte) 128, (byte) 128, (byte) 255, (byte) 128, (byte) 255, (byte) 128});
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> Modality.DEPTH.read(normals))
                .withMessageContaining("normals.tiff")
                .withMessageContaining("depth must be [H, W]");
    }

    @Test
    void aFileWithoutDirectionsIsNamed() {
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> NormalCoding.OPENGL.read(file(NpyArray.of(new float[12], 2, 2, 3))))
                .withMessageContaining("numbers.npy")
                .withMessageContaining("tells no directions");
    }

    private static byte[] numpy(String type, short... elements) {
        String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + elements.length / 2 + ", 2), }";
        String header = text + " ".repeat(117 - text.length()) + "\n";
        ByteBuffer file =
                ByteBuffer.allocate(10 + header.length() + 2 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        file.put(header.getBytes(StandardCharsets.US_ASCII));
        for (short element : elements) {
            file.putShort(element);
        }
        return file.array();
    }

    /** Depth cameras count millimetres in 16 bits. */
    @Test
    void numbersOfSixteenBitsAreRead() {
        RgbImage millimetres =
                DepthCoding.DISTANCE.read(numpy("<u2", (short) 500, (short) 40_000, (short) 900, (short) 2000));
        assertThat(millimetres).isEqualTo(DepthCoding.DISTANCE.toRgbImage(2, 2, new float[] {500, 40_000, 900, 2000}));
        RgbImage levels =
                DepthCoding.NEAR_IS_WHITE.read(numpy("<u2", (short) 0, (short) 65_535, (short) 32_768, (short) 9));
        assertThat(levels.rgb()[3] & 0xff).isEqualTo(255);
        RgbImage halves = DepthCoding.NEAR_IS_WHITE.read(
                numpy("<f2", Float.floatToFloat16(0), Float.floatToFloat16(1), Float.floatToFloat16(0.5f), (short) 0));
        assertThat(halves).isEqualTo(DepthCoding.NEAR_IS_WHITE.toRgbImage(2, 2, new float[] {0, 1, 0.5f, 0}));
    }

    @Test
    void bytesAreToldByTheirBeginning() throws IOException {
        NpyArray depth = NpyArray.of(new float[] {0, 0.5f, 1}, 1, 3);
        NpyArray colours = NpyArray.of(new float[] {0, 1, 0, 1, 0, 0}, 1, 2, 3);
        for (Modality modality : ModalitySet.standard()) {
            Path file = file(modality.equals(Modality.DEPTH) ? depth : colours);
            byte[] bytes = Files.readAllBytes(file);
            assertThat(modality.read(bytes)).isEqualTo(modality.read(file));
            for (byte[] wrong :
                    List.of(Arrays.copyOf(bytes, bytes.length - 1), Arrays.copyOf(bytes, bytes.length + 1))) {
                assertThatExceptionOfType(ImageException.class)
                        .isThrownBy(() -> modality.read(wrong))
                        .withMessageContaining(".npy file");
            }
        }
        byte[] normals = Files.readAllBytes(file(colours));
        assertThat(NormalCoding.DIRECTX.read(new ByteArrayInputStream(normals)))
                .isEqualTo(NormalCoding.DIRECTX.read(file(colours)));
    }

    @Test
    void numbersThatAreNoRelativeDepthAreRefused() {
        refuses(Modality.DEPTH, NpyArray.of(new float[] {0.4f, 3.2f}, 1, 2), "holds 3.2", "metres", "DISTANCE");
        refuses(Modality.DEPTH, NpyArray.of(new float[] {0.4f, Float.NaN}, 1, 2), "holds NaN");
        refuses(Modality.DEPTH, NpyArray.of(new int[] {0, 1}, 1, 2), "integer");
        refuses(Modality.DEPTH, NpyArray.of(new float[6], 2, 1, 3), "[H, W]");
        refuses(Modality.DEPTH, NpyArray.of(new float[6], 6), "[H, W]");
        refuses(Modality.DEPTH, NpyArray.of(new float[0], 0, 4), "pixels");
    }

    @Test
    void nearlyConstantDepthIsNamed() {
        refuses(Modality.DEPTH, NpyArray.of(new float[] {0.5f, 0.51f}, 1, 2), "nearly constant", "0.5");
        assertThat(Modality.DEPTH.read(file(NpyArray.of(new float[] {0.5f, 0.53f}, 1, 2))))
                .isEqualTo(RgbImage.of(2, 1, grey(128, 135)));
        Path wall = file(NpyArray.of(new float[] {2.001f, 2.004f, 0}, 1, 3));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> DepthCoding.DISTANCE.read(wall))
                .withMessageContainingAll("numbers.npy", "nearly constant", "2.00");
        Path nothing = file(NpyArray.of(new float[2], 1, 2));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> DepthCoding.DISTANCE.read(nothing))
                .withMessageContaining("measured nothing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DepthCoding.DISTANCE.toRgbImage(2, 1, new float[3]))
                .withMessageContaining("2 x 1");
    }

    @Test
    void normalsRunFromMinusOneToOne() {
        Path file = file(NpyArray.of(new float[] {-1, 0.2f, 1, 0, 1, 0}, 1, 2, 3));
        assertThat(Modality.NORMAL.read(file))
                .isEqualTo(
                        RgbImage.of(2, 1, new byte[] {0, (byte) 153, (byte) 255, (byte) 128, (byte) 255, (byte) 128}));
        assertThat(NormalCoding.DIRECTX.read(file))
                .isEqualTo(RgbImage.of(2, 1, new byte[] {0, (byte) 102, (byte) 255, (byte) 128, 0, (byte) 128}));
        refuses(Modality.NORMAL, NpyArray.of(new float[] {2, 0, 0}, 1, 1, 3), "2.0", "-1.0 to 1.0");
        refuses(Modality.NORMAL, NpyArray.of(new float[2], 1, 2), "[H, W, 3]");
    }

    @Test
    void directxTurnsGreenOver() {
        RgbImage up = RgbImage.of(2, 1, new byte[] {10, 20, 30, (byte) 128, (byte) 255, 0});
        RgbImage down = RgbImage.of(2, 1, new byte[] {10, (byte) 235, 30, (byte) 128, 0, 0});
        byte[] png = down.encoded(ImageFormat.PNG);
        assertThat(NormalCoding.DIRECTX.read(png)).isEqualTo(up);
        assertThat(NormalCoding.DIRECTX.read(new ByteArrayInputStream(png))).isEqualTo(up);
        assertThat(NormalCoding.OPENGL.read(png)).isEqualTo(down);
    }

    @Test
    void labelsAreNoPicture() throws Exception {
        refuses(Modality.SEGMENTATION, NpyArray.of(new int[] {0, 1}, 1, 2), "labels have no colours");
        refuses(Modality.RGB, NpyArray.of(new int[3], 1, 1, 3), "uint8 or floats");
        assertThat(Modality.RGB.read(file(NpyArray.of(new byte[] {1, 2, (byte) 200}, 1, 1, 3))))
                .isEqualTo(RgbImage.of(1, 1, new byte[] {1, 2, (byte) 200}));
        Path damaged = Files.writeString(folder.resolve("damaged.NPY"), "no array");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> Modality.RGB.read(damaged))
                .withMessageContaining("damaged.NPY");
    }
}
