package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTiffTest {

    private static final int WIDTH_TAG = 256;
    private static final int LENGTH_TAG = 257;
    private static final int STRIP_ROWS_TAG = 278;

    @TempDir
    private Path folder;

    private static FloatTiff tiff(int samples) {
        float[] values = new float[5 * 7 * samples];
        Random random = new Random(samples);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 1000;
        }
        return new FloatTiff(5, 7, samples, values);
    }

    private byte[] bytes(FloatTiff tiff) throws IOException {
        Path file = folder.resolve("numbers.tif");
        tiff.write(file);
        return Files.readAllBytes(file);
    }

    /** Changes the number of a tag, which follows its name, type and count. */
    private static byte[] changed(byte[] file, int tag, int number) {
        ByteBuffer bytes =
                ByteBuffer.wrap(file.clone()).order(file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = bytes.getInt(4);
        for (int i = 0; i < bytes.getShort(directory); i++) {
            int entry = directory + 2 + 12 * i;
            if ((bytes.getShort(entry) & 0xffff) == tag) {
                if (bytes.getShort(entry + 2) == 3) {
                    bytes.putShort(entry + 8, (short) number);
                } else {
                    bytes.putInt(entry + 8, number);
                }
                return bytes.array();
            }
        }
        throw new AssertionError("no tag " + tag);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatIsWrittenIsReadBack(int samples) throws IOException {
        FloatTiff tiff = tiff(samples);
        FloatTiff back = FloatTiff.read(bytes(tiff));
        assertThat(back.width()).isEqualTo(5);
        assertThat(back.height()).isEqualTo(7);
        assertThat(back.samples()).isEqualTo(samples);
        assertThat(back.values()).isEqualTo(tiff.values());
        assertThat(FloatTiff.read(folder.resolve("numbers.tif")).values()).isEqualTo(tiff.values());
    }

    @Test
    void picturesOfEightBitsAreNamed() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_3BYTE_BGR), "TIFF", file);
        assertThatThrownBy(() -> FloatTiff.read(file.toByteArray()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("3 samples of 8 bits");
    }

    @Test
    void cutAndChangedFilesAreRefused() throws IOException {
        byte[] file = bytes(tiff(1));
        for (int length = 0; length < file.length; length += 7) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> FloatTiff.read(cut)).isInstanceOf(ImageException.class);
        }
        assertThatThrownBy(() -> FloatTiff.read(changed(file, WIDTH_TAG, 60_000)))
                .isInstanceOf(ImageException.class);
        assertThatThrownBy(() -> FloatTiff.read(changed(file, LENGTH_TAG, 60_000)))
                .isInstanceOf(ImageException.class);
    }

    @Test
    void aStripLargerThanThePictureTakesNoMemory() throws IOException {
        byte[] file = changed(bytes(tiff(1)), STRIP_ROWS_TAG, Short.MAX_VALUE);
        assertThat(FloatTiff.read(file).values()).isEqualTo(tiff(1).values());
    }

    @Test
    void theFileIsNamed() {
        assertThatThrownBy(() -> FloatTiff.read(folder.resolve("none.tif")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("none.tif: there is no such file");
        assertThatThrownBy(() -> FloatTiff.read(folder))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("it is a folder");
    }
}
