package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.sampling.SamplingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BatchCountTest extends SmallModelTest {

    private static final int SIZE = SmallModelFolder.PIXELS;

    private final List<String> heard = new ArrayList<>();
    private final Consumer<SamplingStep> listener = step -> heard.add(step.batch() + "/" + step.batches());

    private static RgbImage picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(1).nextBytes(rgb);
        return RgbImage.of(width, height, rgb);
    }

    @Test
    void imagesOfOneCallAreCountedInBatches() {
        mmgen.generate().steps(1).count(5).batch(2).onStep(listener).runAll();
        assertThat(heard).containsExactly("1/3", "2/3", "3/3");
    }

    @Test
    void noRequestsGiveNoImages() {
        assertThat(mmgen.runAll(List.of())).isEmpty();
    }

    @Test
    void readingsOfAnEnsembleCountToo() {
        mmgen.understand(picture(SIZE, SIZE))
                .steps(1)
                .ensemble(5)
                .batch(2)
                .onStep(listener)
                .run();
        assertThat(heard).containsExactly("1/3", "2/3", "3/3");
    }

    @Test
    void tilesCountToo() {
        mmgen.understand(picture(3 * SIZE, SIZE))
                .fit(Fit.TILE)
                .steps(1)
                .batch(1)
                .onStep(listener)
                .run();
        assertThat(heard).hasSizeGreaterThan(2).first().isEqualTo("1/" + heard.size());
        assertThat(heard).last().isEqualTo(heard.size() + "/" + heard.size());
    }

    @Test
    void partsOfAStreamAreCountedTogether() {
        mmgen.generate().steps(1).count(5).batch(2).onStep(listener).stream().forEach(_ -> {});
        assertThat(heard).containsExactly("1/3", "2/3", "3/3");
    }

    @Test
    void tilesOfAStreamAreCountedTogether() {
        mmgen.understand(picture(3 * SIZE, SIZE)).fit(Fit.TILE).steps(1).count(3).batch(2).onStep(listener).stream()
                .forEach(_ -> {});
        List<String> batches = new ArrayList<>();
        heard.forEach(text -> batches.add(text.substring(0, text.indexOf('/'))));
        for (int i = 0; i < batches.size(); i++) {
            assertThat(batches.get(i)).isEqualTo(Integer.toString(i + 1));
        }
        assertThat(heard).last().isEqualTo(heard.size() + "/" + heard.size());
    }

    @Test
    void cancellingAStepOfABatchEndsTheCall() {
        assertThatThrownBy(() -> mmgen.generate()
                        .steps(2)
                        .count(4)
                        .batch(2)
                        .onStep(listener.andThen(step -> {
                            if (step.batch() == 2) {
                                step.cancel();
                            }
                        }))
                        .runAll())
                .isInstanceOf(SamplingCancelledException.class);
        assertThat(heard).containsExactly("1/2", "1/2", "2/2");
    }
}
