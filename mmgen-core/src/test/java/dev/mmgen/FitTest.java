package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Photos of any size and shape, and the way from a model's pictures back to them. */
@ExtendWith(TensorLeakCheck.class)
class FitTest extends SmallModelTest {

    private static final int SIZE = SmallModelFolder.PIXELS;

    private static RgbImage photo(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (128 + 100 * Math.sin(i / 3 % width * 0.1 + i / 3 / width * 0.07 + i % 3));
        }
        return RgbImage.of(width, height, rgb);
    }

    /** Numbers that grow from -1 at the left to 1 at the right of a picture. */
    private static float slope(int x, int width) {
        return 2 * (x + 0.5f) / width - 1;
    }

    private static FloatImage slope(Placement.Box box, int width, double scale, double shift) {
        float[] values = new float[3 * box.width() * box.height()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * slope(box.x() + i % box.width(), width) + shift);
        }
        return new FloatImage(box.width(), box.height(), values);
    }

    @ParameterizedTest
    @EnumSource(names = "CROP", mode = EnumSource.Mode.EXCLUDE)
    void resultsHaveThePhotosSize(Fit fit) {
        RgbImage photo = photo(3 * SIZE + 5, SIZE + 9);
        MultiModalImage read =
                mmgen.understand(photo).fit(fit).steps(1).ensemble(2).run();
        assertThat(read.rgb()).isEqualTo(photo);
        assertThat(read.depth()).hasToString(photo.toString());
        assertThat(read.uncertainty(Modality.NORMAL).width()).isEqualTo(photo.width());
        float[] normals = read.normalMap().values();
        assertThat(Math.hypot(Math.hypot(normals[0], normals[1]), normals[2])).isCloseTo(1, within(1e-5));
        assertThat(read.trace()).containsEntry("Fit", fit.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void aPhotoOfTheModelsSizeIsReadAsWithoutAFit() {
        RgbImage photo = photo(SIZE, SIZE);
        RgbImage depth = mmgen.understand(photo).steps(1).run().depth();
        for (Fit fit : List.of(Fit.PAD, Fit.STRETCH)) {
            assertThat(mmgen.understand(photo).fit(fit).steps(1).run().depth()).isEqualTo(depth);
        }
    }

    @Test
    void everyImageOfARequestIsJoinedOfItsOwnWindows() {
        RgbImage photo = photo(2 * SIZE, SIZE);
        ImageRequestBuilder request = mmgen.understand(photo).fit(Fit.TILE).steps(1);
        List<MultiModalImage> two = request.count(2).batch(3).runAll();
        RgbImage second = request.first(1).count(1).run().depth();
        byte[] one = two.get(1).depth().rgb();
        for (int i = 0; i < one.length; i++) {
            assertThat(Math.abs((one[i] & 0xff) - (second.rgb()[i] & 0xff))).isLessThanOrEqualTo(2);
        }
        assertThat(two.get(0)).isNotEqualTo(two.get(1));
    }

    @ParameterizedTest
    @CsvSource({"PAD, 150, 100, 1", "STRETCH, 150, 100, 1", "TILE, 150, 100, 2", "TILE, 100, 330, 5", "TILE, 64, 64, 1"
    })
    void windowsCoverThePhotoAndComeBackToTheirPlace(Fit fit, int width, int height, int windows) {
        RgbImage photo = photo(width, height);
        List<Placement> placements = Placement.of(fit, photo, 64, 64);
        assertThat(placements).hasSize(windows);
        boolean[] covered = new boolean[width * height];
        for (Placement placement : placements) {
            assertThat(placement.cut(photo)).hasToString("RgbImage[64x64]");
            Placement.Box box = placement.photo();
            float[] back =
                    placement.back(FloatImage.of(placement.cut(photo)), true).values();
            float[] there = FloatImage.of(photo.crop(box.x(), box.y(), box.width(), box.height()))
                    .values();
            for (int i = 0; i < there.length; i++) {
                assertThat(back[i]).isCloseTo(there[i], within(0.2f));
            }
            for (int i = 0; i < box.width() * box.height(); i++) {
                covered[(box.y() + i / box.width()) * width + box.x() + i % box.width()] = true;
            }
        }
        for (boolean pixel : covered) {
            assertThat(pixel).isTrue();
        }
    }

    @Test
    void depthOfTilesIsAlignedWhereTheyOverlap() {
        int width = 150;
        RgbImage photo = photo(width, 64);
        Mosaic mosaic = new Mosaic(width, 64, Modality.DEPTH);
        List<Placement> tiles = Placement.of(Fit.TILE, photo, 64, 64);
        assertThat(tiles).hasSize(4);
        for (int i = 0; i < tiles.size(); i++) {
            Placement.Box box = tiles.get(i).photo();
            mosaic.add(box, slope(box, width, 1 - 0.1 * i, 0.2 * i));
        }
        float[] joined = mosaic.joined().values();
        for (int x = 0; x < width; x++) {
            assertThat(joined[10 * width + x]).isCloseTo(slope(x, width), within(1e-3f));
        }
    }

    /** A tile of one number above and zero below, where tiles agree. */
    private static FloatImage halves(Placement.Box box, float above) {
        float[] values = new float[3 * box.width() * box.height()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / box.width() % box.height() < 8 ? above : 0;
        }
        return new FloatImage(box.width(), box.height(), values);
    }

    @Test
    void seamsAreBlendedAndColoursOfSegmentsAreNot() {
        Placement.Box left = new Placement.Box(0, 0, 20, 20);
        Placement.Box right = new Placement.Box(10, 0, 20, 20);
        for (Modality modality : List.of(Modality.NORMAL, Modality.SEGMENTATION)) {
            Mosaic mosaic = new Mosaic(30, 20, modality);
            mosaic.add(left, halves(left, -1));
            mosaic.add(right, halves(right, 1));
            float[] row = mosaic.joined().values();
            boolean mixed = modality.equals(Modality.NORMAL);
            assertThat(row[4 * 30 + 9]).isEqualTo(-1);
            assertThat(row[4 * 30 + 20]).isEqualTo(1);
            for (int x = 11; x < 20; x++) {
                float step = row[4 * 30 + x] - row[4 * 30 + x - 1];
                assertThat(step).isBetween(0f, mixed ? 0.5f : 2f);
                assertThat(mixed || Math.abs(row[4 * 30 + x]) == 1).isTrue();
            }
        }
    }

    /** A tile of three fields side by side, over a picture of 90 columns, whose colours come from a palette. */
    private static FloatImage fields(Placement.Box box, int... palette) {
        byte[] rgb = new byte[3 * box.width() * box.height()];
        for (int i = 0; i < rgb.length; i++) {
            int field = (box.x() + i / 3 % box.width()) / 30;
            rgb[i] = (byte) (palette[field] >> (16 - 8 * (i % 3)));
        }
        return FloatImage.of(RgbImage.of(box.width(), box.height(), rgb));
    }

    @Test
    void aStripThatWouldTakeThousandsOfTilesIsRefused() {
        RgbImage strip = RgbImage.of(1, 5000, new byte[3 * 5000]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Placement.of(Fit.TILE, strip, 64, 64))
                .withMessageContaining("more than 64");
    }

    @Test
    void tilesInventNoColours() {
        int[] palette = {0x1f77b4, 0xff7f0e, 0x2ca02c};
        Mosaic mosaic = new Mosaic(90, 40, Modality.SEGMENTATION);
        for (int x : new int[] {0, 25, 50}) {
            Placement.Box box = new Placement.Box(x, 0, 40, 40);
            mosaic.add(box, fields(box, palette));
        }
        for (Quantization quantization : Quantization.values()) {
            assertThat(mosaic.joined().toRgbImage(quantization))
                    .isEqualTo(fields(new Placement.Box(0, 0, 90, 40), palette).toRgbImage(quantization));
        }
    }

    @Test
    void segmentsThatGoOnInTheNextTileKeepTheirColour() {
        Mosaic mosaic = new Mosaic(90, 40, Modality.SEGMENTATION);
        Placement.Box left = new Placement.Box(0, 0, 55, 40);
        Placement.Box right = new Placement.Box(15, 0, 75, 40);
        mosaic.add(left, fields(left, 0x1f77b4, 0xff7f0e, 0));
        mosaic.add(right, fields(right, 0x00ff00, 0x0000ff, 0xff00ff));
        RgbImage joined = mosaic.joined().toRgbImage(Quantization.ROUND);
        assertThat(joined)
                .isEqualTo(fields(new Placement.Box(0, 0, 90, 40), 0x1f77b4, 0xff7f0e, 0xff00ff)
                        .toRgbImage(Quantization.ROUND));
    }

    @Test
    void aPartOfThePhotoIsFoundAroundARegion() {
        RgbImage photo = photo(300, 100);
        Placement corner = Placement.around(new Placement.Box(280, 80, 20, 20), photo, 64, 64);
        assertThat(corner.photo()).isEqualTo(new Placement.Box(200, 0, 100, 100));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Placement.around(new Placement.Box(0, 0, 150, 10), photo, 64, 64))
                .withMessageContaining("larger than the part");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Placement.around(new Placement.Box(290, 0, 20, 10), photo, 64, 64))
                .withMessageContaining("not within the photo");
    }

    @Test
    void numbersAreScaledAsPicturesAre() {
        RgbImage photo = photo(31, 17);
        for (int[] size : new int[][] {{62, 34}, {20, 40}, {9, 5}}) {
            float[] numbers = FloatImage.of(photo).resize(size[0], size[1]).values();
            float[] picture = FloatImage.of(photo.resize(size[0], size[1], Resampling.BILINEAR))
                    .values();
            for (int i = 0; i < numbers.length; i++) {
                assertThat(numbers[i]).isCloseTo(picture[i], within(0.01f));
            }
        }
        FloatImage two = new FloatImage(2, 1, new float[] {1, 2, 3, 4, 5, 6});
        assertThat(two.resizeToNearest(4, 1).values()).containsExactly(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6);
        assertThat(two.crop(1, 0, 1, 1).values()).containsExactly(2, 4, 6);
    }

    @Test
    void fitsThatMakeNoSenseAreNamed() {
        RgbImage photo = photo(SIZE, 2 * SIZE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.generate().fit(Fit.PAD).build())
                .withMessageContaining("give some");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.generate()
                        .given(Modality.DEPTH, photo)
                        .fit(Fit.TILE)
                        .build())
                .withMessageContaining("PAD or STRETCH");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.understand(photo)
                        .given(Modality.DEPTH, photo(SIZE, SIZE))
                        .fit(Fit.STRETCH)
                        .build())
                .withMessageContaining("must be of one size");
        MultiModalImage scene = new MultiModalImage(Map.of(Modality.NORMAL, photo(SIZE, SIZE)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.understand(photo)
                        .inpaint(scene, Mask.none(SIZE, SIZE).withRectangle(0, 0, 8, 8))
                        .fit(Fit.PAD)
                        .build())
                .withMessageContaining("cut a Placement");
    }
}
