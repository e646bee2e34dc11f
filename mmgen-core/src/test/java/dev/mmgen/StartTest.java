package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Euler;
import dev.mmgen.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images that begin from others, as the frames of a video do. */
@ExtendWith(TensorLeakCheck.class)
class StartTest extends SmallModelTest {

    private static final int SIZE = SmallModelFolder.PIXELS;

    private static RgbImage photo(int width, int height, int shift) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (128 + 100 * Math.sin((i / 3 % width + shift) * 0.3 + i / 3 / width * 0.2 + i % 3));
        }
        return RgbImage.of(width, height, rgb);
    }

    private static double distance(RgbImage one, RgbImage other) {
        byte[] left = one.rgb();
        byte[] right = other.rgb();
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += Math.abs((left[i] & 0xff) - (right[i] & 0xff));
        }
        return sum / left.length;
    }

    /** Returns the mean distance of what is drawn from the latents of the start, in their three drawn modalities. */
    private double distanceFrom(MultiModalImage start, ImageRequestBuilder request) {
        List<float[]> states = new ArrayList<>();
        request.onStep(step -> states.add(step.latents().toFloats())).run();
        MultiModalEncoder encoder = new MultiModalEncoder(
                mmgen.autoencoder(), mmgen.modalities(), mmgen.config().latents(), UnaryOperator.identity());
        try (Tensor latents = encoder.encode(start.pictures(), null)) {
            float[] given = latents.toFloats();
            float[] drawn = states.getLast();
            double sum = 0;
            // The photo, whose latents are drawn from its posterior, comes first.
            for (int i = given.length / 4; i < given.length; i++) {
                sum += Math.abs(drawn[i] - given[i]);
            }
            return sum / (given.length * 3 / 4.0);
        }
    }

    @Test
    void readingsStayNearTheOneTheyBeginFrom() {
        RgbImage photo = photo(SIZE, SIZE, 0);
        MultiModalImage before = mmgen.understand(photo).steps(10).run();
        ImageRequestBuilder request = mmgen.understand(photo).steps(10).seed(5);
        double fromNoise = distanceFrom(before, request);
        double half = distanceFrom(before, request.startFrom(before, 0.5));
        double late = distanceFrom(before, request.startFrom(before, 0.01));
        assertThat(late).isLessThan(0.1).isLessThan(half);
        assertThat(half).isLessThan(fromNoise);
    }

    @Test
    void stepsBeforeTheStartAreLeftOut() {
        RgbImage photo = photo(SIZE, SIZE, 0);
        MultiModalImage before = mmgen.understand(photo).steps(1).run();
        List<Integer> steps = new ArrayList<>();
        MultiModalImage read = mmgen.understand(photo)
                .sampler(new Euler())
                .steps(10)
                .startFrom(before, 0.5)
                .onStep(step -> steps.add(step.total()))
                .run();
        assertThat(steps).containsExactly(5, 5, 5, 5, 5);
        assertThat(read.trace()).containsEntry("Strength", "0.5").containsEntry("Steps", "10");
        assertThat(read.rgb()).isEqualTo(photo);
    }

    @Test
    void aStartAtTimeOneIsNotSeen() {
        RgbImage photo = photo(SIZE, SIZE, 0);
        MultiModalImage before = mmgen.understand(photo).steps(2).seed(1).run();
        MultiModalImage read = mmgen.understand(photo).steps(2).run();
        assertThat(mmgen.understand(photo).steps(2).startFrom(before, 1).run()).isEqualTo(read);
    }

    @Test
    void framesOfSeveralVideosShareABatch() {
        List<ImageRequest> requests = new ArrayList<>();
        List<MultiModalImage> alone = new ArrayList<>();
        for (int video = 0; video < 3; video++) {
            MultiModalImage before =
                    mmgen.understand(photo(SIZE, SIZE, 9 * video)).steps(2).run();
            ImageRequestBuilder request = mmgen.understand(photo(SIZE, SIZE, 9 * video + 1))
                    .steps(2)
                    .ensemble(2)
                    .batch(6)
                    .startFrom(before, 0.6);
            requests.add(request.build());
            alone.add(request.run());
        }
        List<MultiModalImage> together = mmgen.runAll(requests);
        for (int video = 0; video < 3; video++) {
            assertThat(distance(together.get(video).depth(), alone.get(video).depth()))
                    .isLessThan(0.5);
        }
        assertThat(distance(alone.get(0).depth(), alone.get(1).depth())).isGreaterThan(0.5);
    }

    @ParameterizedTest
    @EnumSource
    void framesOfAnySizeBeginFromTheOneBefore(Fit fit) {
        MultiModalImage before =
                mmgen.understand(photo(2 * SIZE, SIZE, 0)).fit(fit).steps(2).run();
        ImageRequest next =
                mmgen.understand(photo(2 * SIZE, SIZE, 1)).fit(fit).steps(2).build();
        MultiModalImage read = mmgen.run(next.startingFrom(before, 0.6)).getFirst();
        assertThat(read.depth()).hasToString(before.depth().toString());
        assertThat(read).isNotEqualTo(mmgen.run(next).getFirst());
    }

    @Test
    void drawnImagesAreVaried() {
        MultiModalImage cat = mmgen.generate().category(3).steps(4).run();
        ImageRequestBuilder request = mmgen.generate().category(3).steps(4).seed(1);
        assertThat(distanceFrom(cat, request.startFrom(cat, 0.1)))
                .isLessThan(distanceFrom(cat, request.startFrom(cat, 0.9)));
    }

    @Test
    void aStartThatDoesNotFitIsNamed() {
        RgbImage photo = photo(SIZE, SIZE, 0);
        MultiModalImage depth = new MultiModalImage(Map.of(Modality.DEPTH, photo));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mmgen.understand(photo).startFrom(depth, 0.5).run())
                .withMessageContaining("to start from has no 'normal'");
        for (double strength : new double[] {0, 1.01, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mmgen.understand(photo).startFrom(depth, strength))
                    .withMessageContaining("strength is " + strength);
        }
        MultiModalImage edges = new MultiModalImage(Map.of(Modality.named("canny"), photo));
        assertThatThrownBy(() -> mmgen.generate().startFrom(edges, 0.5)).isInstanceOf(NoSuchElementException.class);
        ImageRequest request = mmgen.understand(photo).build();
        MultiModalImage large = new MultiModalImage(Map.of(Modality.DEPTH, photo(2 * SIZE, SIZE, 0)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.startingFrom(large, 0.5))
                .withMessageContaining("the image to start from has 64 x 32 pixels");
    }
}
