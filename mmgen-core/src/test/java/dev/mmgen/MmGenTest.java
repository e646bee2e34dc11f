package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.codec.Tiling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.QuantizedMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The promises of the facade, on a model of random weights. */
@ExtendWith(TensorLeakCheck.class)
class MmGenTest extends SmallModelTest {

    private static final int SIZE = SmallModelFolder.PIXELS;
    private static final int STEPS = 3;

    private static RgbImage picture(int seed, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (128 + 100 * Math.sin((i / 3 % width) * 0.3 + (i / 3 / width) * 0.2 * seed + i % 3));
        }
        return RgbImage.of(width, height, rgb);
    }

    private ImageRequestBuilder request() {
        return mmgen.generate().category(3).steps(STEPS);
    }

    private static void assertAtMostOneLevelApart(RgbImage actual, RgbImage expected) {
        assertThat(actual).hasToString(expected.toString());
        byte[] left = actual.rgb();
        byte[] right = expected.rgb();
        for (int i = 0; i < left.length; i++) {
            assertThat(Math.abs((left[i] & 0xff) - (right[i] & 0xff))).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void drawsAllModalitiesOfACategory() {
        MultiModalImage image = request().run();
        assertThat(image.pictures().keySet())
                .containsExactly(Modality.RGB, Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);
        assertThat(image.rgb().width()).isEqualTo(mmgen.resolution()).isEqualTo(SIZE);
        assertThat(image.rgb()).isNotEqualTo(image.depth());
        assertThat(mmgen.generate().category(4).steps(STEPS).run().rgb()).isNotEqualTo(image.rgb());
        assertThat(mmgen.generate().steps(STEPS).run().rgb()).isNotEqualTo(image.rgb());
    }

    @Test
    void drawingAndReadingTakeTheStepsOfTheModelsSettings(@TempDir Path other) throws IOException {
        SmallModelFolder.write(other);
        Path settings = other.resolve("config.json");
        String drawing = Files.readString(settings).replace("\"steps\" : 250", "\"steps\" : 3");
        Files.writeString(settings, drawing.replaceFirst("(?s)(\"reading\".*\"steps\" : )3", "$12"));
        List<Integer> drawn = new ArrayList<>();
        List<Integer> read = new ArrayList<>();
        try (MmGen own = MmGen.open(other)) {
            own.generate().category(3).onStep(step -> drawn.add(step.total())).run();
            own.understand(picture(1, SIZE, SIZE))
                    .onStep(step -> read.add(step.total()))
                    .run();
        }
        assertThat(drawn).hasSize(3).containsOnly(3);
        assertThat(read).hasSize(2).containsOnly(2);
    }

    @Test
    void understandsAPhotoOfAnySize() {
        RgbImage photo = picture(1, 50, 37);
        MultiModalImage scene = mmgen.understand(photo).steps(STEPS).run();
        assertThat(scene.normal().height()).isEqualTo(SIZE);
        MultiModalImage other =
                mmgen.understand(picture(5, 50, 37)).steps(STEPS).run();
        assertThat(other.depth()).isNotEqualTo(scene.depth());
        assertThat(mmgen.generate()
                        .given(Modality.RGB, photo)
                        .steps(STEPS)
                        .run()
                        .depth())
                .isEqualTo(scene.depth());
    }

    @Test
    void aConditionComesBackCroppedAndOtherwiseUnchanged() {
        RgbImage wide = picture(1, SIZE + 24, SIZE);
        MultiModalImage image = request().given(Modality.DEPTH, wide).run();
        assertThat(image.depth()).isEqualTo(wide.crop(12, 0, SIZE, SIZE));
        assertThat(image.pictures().keySet())
                .containsExactlyElementsOf(mmgen.modalities().list());
        assertThat(request()
                        .given(Modality.DEPTH, wide)
                        .only(Modality.NORMAL, Modality.DEPTH)
                        .run()
                        .pictures())
                .containsOnlyKeys(Modality.NORMAL, Modality.DEPTH)
                .containsEntry(Modality.NORMAL, image.normal());
    }

    @Test
    void everyConditionChangesTheImage() {
        RgbImage depth = picture(1, SIZE, SIZE);
        RgbImage normal = picture(2, SIZE, SIZE);
        RgbImage both = request()
                .given(Modality.DEPTH, depth)
                .given(Modality.NORMAL, normal)
                .run()
                .rgb();
        assertThat(both)
                .isNotEqualTo(request().given(Modality.DEPTH, depth).run().rgb())
                .isNotEqualTo(request().given(Modality.NORMAL, normal).run().rgb())
                .isEqualTo(request()
                        .given(Modality.NORMAL, normal)
                        .given(Modality.DEPTH, depth)
                        .run()
                        .rgb());
    }

    @Test
    void onlyTheWantedModalitiesAreDecoded() {
        MultiModalImage all = request().run();
        MultiModalImage some = request().only(Modality.NORMAL, Modality.RGB).run();
        assertThat(some.pictures().keySet()).containsExactly(Modality.NORMAL, Modality.RGB);
        assertThat(some.normal()).isEqualTo(all.normal());
        assertThatThrownBy(some::depth)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("'depth'")
                .hasMessageContaining("normal, rgb");
    }

    @Test
    void drawsInOtherSizesThanThatOfTraining() {
        MultiModalImage wide = request().anySize(48, 24).run();
        assertThat(wide.depth()).hasToString("RgbImage[48x24]");
        RgbImage photo = picture(1, 200, 40);
        assertThat(mmgen.understand(photo).anySize(16, 40).steps(STEPS).run().segmentation())
                .hasToString("RgbImage[16x40]");
    }

    @Test
    void oneSeedIsOneImage() {
        MultiModalImage image = request().seed(5).run();
        assertThat(request().seed(5).run().pictures()).isEqualTo(image.pictures());
        assertThat(request().seed(6).run().rgb()).isNotEqualTo(image.rgb());
        RgbImage photo = picture(1, SIZE, SIZE);
        assertThat(mmgen.understand(photo).steps(STEPS).seed(1).run().depth())
                .isEqualTo(mmgen.understand(photo).steps(STEPS).seed(1).run().depth());
    }

    @Test
    void imagesDoNotDependOnTheSplitIntoBatches() {
        List<MultiModalImage> whole = request()
                .given(Modality.DEPTH, picture(1, SIZE, SIZE))
                .count(5)
                .batch(5)
                .runAll();
        assertThat(whole).hasSize(5);
        assertThat(whole.get(0).rgb()).isNotEqualTo(whole.get(1).rgb());
        for (int batch : new int[] {1, 2, Integer.MAX_VALUE}) {
            List<MultiModalImage> split = request()
                    .given(Modality.DEPTH, picture(1, SIZE, SIZE))
                    .count(5)
                    .batch(batch)
                    .runAll();
            for (int i = 0; i < 5; i++) {
                assertAtMostOneLevelApart(
                        split.get(i).sideBySide(), whole.get(i).sideBySide());
            }
        }
    }

    @Test
    void anImageDrawnAloneIsTheOneOfItsNumber() {
        ImageRequestBuilder request = mmgen.generate()
                .given(Modality.DEPTH, picture(3, SIZE, SIZE))
                .steps(STEPS)
                .seed(4);
        MultiModalImage last = request.count(3).runAll().getLast();
        MultiModalImage alone = request.first(2).count(1).run();
        assertAtMostOneLevelApart(alone.rgb(), last.rgb());
        assertThat(alone.trace()).isEqualTo(last.trace()).containsEntry("Image", "2");
        assertThat(request.first(0).run().rgb()).isNotEqualTo(alone.rgb());
        assertThatIllegalArgumentException().isThrownBy(() -> request.first(-1)).withMessageContaining("first is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.first(Integer.MAX_VALUE).build())
                .withMessageContaining("first is 2147483647");
    }

    @Test
    void imagesOfSeveralRequestsAreThoseOfEachAlone() {
        List<ImageRequest> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            requests.add(mmgen.understand(picture(i + 1, SIZE, SIZE))
                    .steps(STEPS)
                    .seed(i)
                    .first(i)
                    .count(i == 1 ? 2 : 1)
                    .batch(4)
                    .build());
        }
        requests.add(mmgen.generate().category(2).steps(STEPS).count(6).build());
        List<Integer> batches = new ArrayList<>();
        requests.set(
                0,
                mmgen.understand(picture(1, SIZE, SIZE))
                        .steps(STEPS)
                        .onStep(step -> batches.add((int) step.latents().size(0)))
                        .build());
        List<MultiModalImage> together = mmgen.runAll(requests);
        assertThat(batches).containsOnly(4);
        List<MultiModalImage> alone = new ArrayList<>();
        requests.forEach(request -> alone.addAll(mmgen.run(request)));
        assertThat(together).hasSameSizeAs(alone).hasSize(11);
        for (int i = 0; i < alone.size(); i++) {
            assertThat(together.get(i).trace()).isEqualTo(alone.get(i).trace());
            assertAtMostOneLevelApart(together.get(i).depth(), alone.get(i).depth());
        }
        assertThat(together.get(1).depth()).isNotEqualTo(together.get(2).depth());
    }

    @Test
    void inpaintingDrawsARegionAndKeepsThePixelsOutside() {
        MultiModalImage image = request().seed(1).run();
        MultiModalImage inpainted =
                request().seed(2).inpaint(image, square(8, 24)).run();
        image.pictures().forEach((modality, before) -> {
            RgbImage after = inpainted.get(modality);
            boolean changed = false;
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    boolean inside = x >= 8 && x < 24 && y >= 8 && y < 24;
                    changed |= before.pixel(x, y) != after.pixel(x, y);
                    assertThat(inside || before.pixel(x, y) == after.pixel(x, y))
                            .isTrue();
                }
            }
            assertThat(changed).as("%s is drawn anew", modality).isTrue();
        });
        assertThat(request().seed(2).run().rgb()).isNotEqualTo(inpainted.rgb());
    }

    @Test
    void theKeptPixelsInfluenceTheInpaintedRegion() {
        MultiModalImage one = request().seed(1).only(Modality.RGB).run();
        MultiModalImage other = request().seed(9).only(Modality.RGB).run();
        Mask mask = square(8, 24);
        assertThat(request().inpaint(one, mask).run().rgb().crop(8, 8, 16, 16))
                .isNotEqualTo(request().inpaint(other, mask).run().rgb().crop(8, 8, 16, 16));
        assertThat(request().inpaint(one, mask).run().pictures()).hasSize(4);
    }

    private static Mask square(int from, int to) {
        return Mask.none(SIZE, SIZE).withRectangle(from, from, to - from, to - from);
    }

    @Test
    void modalitiesThatTheInpaintedImageLacksAreDrawnWhole() {
        MultiModalImage photo = request().seed(1).only(Modality.RGB).run();
        MultiModalImage inpainted =
                request().seed(2).inpaint(photo, square(8, 24)).run();
        assertThat(inpainted.pictures()).hasSize(4);
        assertThat(inpainted.rgb().crop(0, 0, SIZE, 8)).isEqualTo(photo.rgb().crop(0, 0, SIZE, 8));
        assertThat(inpainted.depth()).isNotEqualTo(request().seed(2).run().depth());
    }

    @Test
    void guidanceAndSamplersChangeTheImage() {
        RgbImage plain = request().run().rgb();
        assertThat(request().guidance(3).run().rgb()).isNotEqualTo(plain);
        assertThat(request().guidance(Guidance.of(3).within(0, 0.01)).run().rgb())
                .isEqualTo(plain);
        assertThat(request().sampler(new Heun()).run().rgb()).isNotEqualTo(plain);
        assertThat(request().sampler(new AdamsBashforth()).run().rgb()).isNotEqualTo(plain);
    }

    @Test
    void cancellingLeavesNoTensor() {
        List<Integer> heard = new ArrayList<>();
        assertThatThrownBy(() -> request()
                        .given(Modality.DEPTH, picture(1, SIZE, SIZE))
                        .steps(10)
                        .count(6)
                        .batch(2)
                        .onStep(step -> {
                            heard.add(step.index());
                            if (heard.size() == 14) {
                                step.cancel();
                            }
                        })
                        .runAll())
                .isInstanceOf(SamplingCancelledException.class);
        assertThat(heard).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4);
    }

    @Test
    void anExceptionFromTheListenerLeavesNoTensor() {
        assertThatThrownBy(() -> request()
                        .onStep(step -> {
                            throw new UnsupportedOperationException("from the listener");
                        })
                        .run())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("from the listener");
    }

    @Test
    void wrongSettingsAreNamed() {
        ImageRequestBuilder request = mmgen.generate();
        assertThatNullPointerException().isThrownBy(() -> request.sampler(null)).withMessage("sampler");
        assertThatNullPointerException()
                .isThrownBy(() -> request.given(Modality.DEPTH, null))
                .withMessage("picture");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.holdTime(2))
                .withMessageContaining("hold time is 2");
        assertThatIllegalArgumentException().isThrownBy(() -> request.count(0)).withMessageContaining("count is 0");
        assertThatIllegalArgumentException().isThrownBy(() -> request.batch(-1)).withMessageContaining("batch is -1");
        assertThatIllegalArgumentException().isThrownBy(() -> request.steps(0)).withMessageContaining("steps is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.steps(Integer.MAX_VALUE))
                .withMessageContaining("steps is 2147483647")
                .withMessageContaining("100000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.category(10))
                .withMessageContaining("category is 10")
                .withMessageContaining("from 0 to 9");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.category(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.guidance(-1))
                .withMessageContaining("-1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.guidance(Double.NaN))
                .withMessageContaining("NaN");
    }

    @Test
    void wrongSizesAreNamed() {
        ImageRequestBuilder request = mmgen.generate();
        for (int[] size : new int[][] {{0, 8}, {8, -8}, {12, 8}, {8, 33}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> request.size(size[0], size[1]))
                    .withMessageContaining(size[0] + " x " + size[1])
                    .withMessageContaining("multiples of 8");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.size(1 << 30, 1 << 30))
                .withMessageContaining("1073741824 x 1073741824");
    }

    @Test
    void unknownModalitiesAreNamed() {
        Modality edges = new Modality("edges", "Edges");
        RgbImage picture = picture(1, SIZE, SIZE);
        ImageRequestBuilder request = mmgen.generate();
        List.<Runnable>of(
                        () -> request.given(edges, picture),
                        () -> request.only(Modality.RGB, edges),
                        () -> request.inpaint(new MultiModalImage(Map.of(edges, picture)), square(8, 24)))
                .forEach(call -> assertThatThrownBy(call::run)
                        .isInstanceOf(NoSuchElementException.class)
                        .hasMessageContaining("'edges'")
                        .hasMessageContaining("rgb, depth, normal, segmentation"));
    }

    @Test
    void settingsThatContradictEachOtherAreNamed() {
        RgbImage picture = picture(1, SIZE, SIZE);
        MultiModalImage image = new MultiModalImage(Map.of(Modality.RGB, picture));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request().inpaint(image, Mask.none(16, 16)).run())
                .withMessageContaining("16 x 16")
                .withMessageContaining("32 x 32");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        request().inpaint(image, square(8, 24)).size(16, 16).run())
                .withMessageContaining("32 x 32")
                .withMessageContaining("16 x 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request()
                        .inpaint(image, square(8, 24))
                        .given(Modality.RGB, picture)
                        .run())
                .withMessageContaining("'rgb'");
        ImageRequestBuilder all = request();
        mmgen.modalities().forEach(modality -> all.given(modality, picture));
        assertThatIllegalArgumentException().isThrownBy(all::run).withMessageContaining("none is left to draw");
        assertThatIllegalStateException()
                .isThrownBy(() -> request().count(2).run())
                .withMessageContaining("2 images");
    }

    @Test
    void aRegionWithoutPixelsIsRefused() {
        MultiModalImage image = new MultiModalImage(Map.of(Modality.RGB, picture(1, SIZE, SIZE)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request().inpaint(image, Mask.none(SIZE, SIZE)))
                .withMessageContainingAll("selects none", "32 x 32");
    }

    @Test
    void oneRequestRunsTwiceToTheSameImages() {
        ImageRequest request = request()
                .seed(5)
                .given(Modality.DEPTH, picture(1, 50, 37))
                .count(2)
                .build();
        assertThat(request.given().conditions().get(Modality.DEPTH)).hasToString("RgbImage[32x32]");
        assertThat(mmgen.run(request)).hasSize(2).isEqualTo(mmgen.run(request));
    }

    @Test
    void aTimeGridTakesThePlaceOfSteps() {
        List<Double> times = new ArrayList<>();
        MultiModalImage image = request()
                .sampler(new Heun())
                .grid(TimeGrid.of(1, 0.6, 0.1, 0))
                .onStep(step -> times.add(step.time()))
                .run();
        assertThat(times).containsExactly(0.6, 0.1, 0.0);
        assertThat(image).isNotEqualTo(request().sampler(new Heun()).run());
        assertThat(request()
                        .grid(TimeGrid.of(1, 0.5))
                        .sampler(new Heun())
                        .steps(3)
                        .run())
                .isEqualTo(request().sampler(new Heun()).steps(3).run());
    }

    @Test
    void aShiftMovesTheTimesOfTheStepsButNotThoseOfAGrid() {
        List<Double> times = new ArrayList<>();
        ImageRequestBuilder shifted =
                request().sampler(new Euler()).shift(3).steps(4).onStep(step -> times.add(step.time()));
        assertThat(shifted.run().trace()).containsEntry("Shift", "3.0").containsEntry("Steps", "4");
        assertThat(times).containsExactly(0.9, 0.75, 0.5, 0.0);
        assertThat(request().sampler(new Euler()).steps(4).run().trace()).doesNotContainKey("Shift");
        times.clear();
        assertThat(shifted.grid(TimeGrid.of(1, 0.5, 0)).run().trace())
                .containsEntry("Times", "1.0, 0.5, 0.0")
                .doesNotContainKey("Shift");
        assertThat(times).containsExactly(0.5, 0.0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request().shift(0))
                .withMessageContaining("'shift' is 0.0");
    }

    @Test
    void theHoldTimeDecidesHowMuchNoiseAConditionHas() {
        RgbImage depth = picture(1, SIZE, SIZE);
        RgbImage released = request().given(Modality.DEPTH, depth).run().rgb();
        assertThat(request().given(Modality.DEPTH, depth).holdTime(0.005).run().rgb())
                .isEqualTo(released);
        assertThat(request().given(Modality.DEPTH, depth).holdTime(0.6).run().rgb())
                .isNotEqualTo(released);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        request().given(Modality.DEPTH, depth).holdTime(1.5).run())
                .withMessageContaining("hold time is 1.5");
    }

    @Test
    void aClosedModelSaysSo() {
        ImageRequestBuilder request = request();
        mmgen.close();
        mmgen.close();
        assertThatIllegalStateException().isThrownBy(request::run).withMessageContaining("MmGen is closed");
        assertThatIllegalStateException().isThrownBy(mmgen::generate).withMessageContaining("MmGen is closed");
        assertThatIllegalStateException().isThrownBy(mmgen::transformer).withMessageContaining("MmGen is closed");
    }

    @Test
    void threadsCanShareAModel() throws Exception {
        MultiModalImage first = request().seed(1).run();
        MultiModalImage second = request().seed(2).run();
        List<Callable<MultiModalImage>> jobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int seed = 1 + i % 2;
            jobs.add(() -> request().seed(seed).run());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<MultiModalImage>> images = threads.invokeAll(jobs);
            for (int i = 0; i < images.size(); i++) {
                assertThat(images.get(i).get().pictures()).isEqualTo((i % 2 == 0 ? first : second).pictures());
            }
        }
    }

    @Test
    void computesInOtherTypes() {
        try (MmGen half = MmGen.open(folder, MmGenOptions.DEFAULT.in(DType.BFLOAT16))) {
            assertThat(half.transformer().dtype()).isEqualTo(DType.BFLOAT16);
            MultiModalImage image = half.generate().category(3).steps(STEPS).run();
            assertThat(image.rgb()).hasToString("RgbImage[32x32]");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MmGenOptions.DEFAULT.in(DType.INT64))
                .withMessageContaining("int64")
                .withMessageContaining("bfloat16");
    }

    @Test
    void eightBitsDrawAboutTheSameImage() {
        try (MmGen eight = MmGen.open(folder, MmGenOptions.DEFAULT.in(DType.INT8))) {
            assertThat(eight.transformer().dtype()).isEqualTo(DType.FLOAT32);
            assertThat(eight.transformer().hasQuantizedMatrices()).isEqualTo(QuantizedMatrix.isAvailable());
            byte[] drawn = eight.generate().category(3).steps(STEPS).run().rgb().rgb();
            byte[] exact = request().run().rgb().rgb();
            double sum = 0;
            for (int i = 0; i < exact.length; i++) {
                sum += Math.abs((drawn[i] & 0xff) - (exact[i] & 0xff));
            }
            assertThat(sum / exact.length).isLessThan(2);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MmGenOptions.cuda().in(DType.INT8))
                .withMessage("int8 is computed on the CPU only; use bfloat16 on cuda:0");
    }

    @Test
    void optionsChangeOneSettingAndKeepTheOthers() {
        Tiling tiling = new Tiling(256, 64);
        MmGenOptions options = MmGenOptions.cuda().in(DType.BFLOAT16).tiled(tiling);
        assertThat(options).isEqualTo(new MmGenOptions(Device.cuda(0), DType.BFLOAT16, tiling, List.of(), null));
        assertThat(options.on(Device.CPU).in(null).tiled(MmGenOptions.DEFAULT.tiling()))
                .isEqualTo(MmGenOptions.DEFAULT);
    }

    @Test
    void writesAPictureForEachModalityAndAllInARow(@TempDir Path out) {
        MultiModalImage image = request().run();
        image.write(out.resolve("deep"), "three");
        assertThat(out.resolve("deep"))
                .isDirectoryContaining("glob:**three.png")
                .isDirectoryContaining("glob:**three.segmentation.png");
        assertThat(RgbImage.read(out.resolve("deep/three.depth.png"))).isEqualTo(image.depth());
        assertThat(RgbImage.read(out.resolve("deep/three.png")))
                .isEqualTo(image.sideBySide())
                .hasToString("RgbImage[128x32]");
    }
}
