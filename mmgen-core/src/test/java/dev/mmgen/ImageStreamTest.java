package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.SamplingCancelledException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImageStreamTest extends SmallModelTest {

    private static final int SIZE = SmallModelFolder.PIXELS;

    private final AtomicInteger steps = new AtomicInteger();
    /** Batches of one, of which each takes two steps. */
    private ImageRequestBuilder request(int count) {
        return mmgen.generate().category(3).steps(2).count(count).batch(1).onStep(_ -> steps.incrementAndGet());
    }

    @Test
    void givesTheImagesOfTheWholeRequestInTheirOrder() {
        RgbImage depth = RgbImage.of(SIZE, SIZE, new byte[3 * SIZE * SIZE]);
        ImageRequestBuilder request = request(5).batch(2).given(Modality.DEPTH, depth);
        List<MultiModalImage> all = request.runAll();
        try (Stream<MultiModalImage> images = request.stream()) {
            List<MultiModalImage> read = images.toList();
            assertThat(read).isEqualTo(all);
            for (int i = 0; i < 5; i++) {
                assertThat(read.get(i).trace()).isEqualTo(all.get(i).trace());
            }
        }
    }

    @Test
    void drawsNothingBeforeItIsReadAndThenOneBatchAhead() throws InterruptedException {
        try (Stream<MultiModalImage> images = request(1_000).stream()) {
            Iterator<MultiModalImage> reader = images.iterator();
            assertThat(steps.get()).isZero();
            assertThat(reader.next()).isEqualTo(request(1).run());
            steps.set(0);
            reader.next();
            reader.next();
            Thread.sleep(200);
            assertThat(steps.get())
                    .as("steps of the second to the fourth image")
                    .isLessThanOrEqualTo(6);
        }
    }

    @Test
    void aReaderThatLeavesEarlyEndsTheDrawing() {
        try (Stream<MultiModalImage> images = request(1_000_000).stream()) {
            assertThat(images.limit(3).count()).isEqualTo(3);
        }
        mmgen.close();
        assertThat(steps.get()).isLessThanOrEqualTo(8);
    }

    @Test
    void aSlowReaderHoldsNoThreadThatOthersWaitFor() throws Exception {
        int readers = 2 * Runtime.getRuntime().availableProcessors();
        List<Iterator<MultiModalImage>> slow = Stream.generate(
                        () -> request(1_000).stream().iterator())
                .limit(readers)
                .toList();
        slow.forEach(Iterator::next);
        assertThat(request(1).runAsync().get()).isEqualTo(request(1).run());
    }

    @Test
    void afterTheModelIsClosedWhatWasMadeIsReadAndThenTheStreamEndsWithThat() {
        try (Stream<MultiModalImage> images = request(1_000).batch(2).stream()) {
            Iterator<MultiModalImage> reader = images.iterator();
            reader.next();
            mmgen.close();
            for (int i = 0; i < 3; i++) {
                reader.next();
            }
            assertThatIllegalStateException().isThrownBy(reader::next).withMessageContaining("MmGen is closed");
            assertThatIllegalStateException().isThrownBy(reader::next).withMessageContaining("MmGen is closed");
        }
    }

    @Test
    void anInterruptOfTheReaderEndsTheBatch() {
        try (Stream<MultiModalImage> images = request(1_000).stream()) {
            Iterator<MultiModalImage> reader = images.iterator();
            Thread.currentThread().interrupt();
            assertThatThrownBy(reader::next).isInstanceOf(SamplingCancelledException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aClosedStreamDrawsNoMore() {
        Stream<MultiModalImage> images = request(1_000).stream();
        Iterator<MultiModalImage> reader = images.iterator();
        reader.next();
        images.close();
        assertThatThrownBy(() -> {
                    reader.next();
                    reader.next();
                })
                .isInstanceOf(SamplingCancelledException.class);
    }

    @Test
    void aFailureOfTheDrawingComesToTheReader() {
        Stream<MultiModalImage> images = request(3)
                .onStep(_ -> {
                    throw new UnsupportedOperationException("from the listener");
                })
                .stream();
        assertThatThrownBy(images::toList).hasMessage("from the listener");
    }
}
