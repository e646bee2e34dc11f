package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that run out of memory; a listener asks for it, since no size is too large for every machine. */
@ExtendWith(TensorLeakCheck.class)
class MemoryShortageTest {

    @TempDir
    private Path folder;

    private MmGen mmgen;

    @BeforeEach
    void open() {
        mmgen = MmGen.open(SmallModelFolder.write(folder));
    }

    @AfterEach
    void close() {
        mmgen.close();
    }

    private ImageRequestBuilder request() {
        return mmgen.generate().category(3).steps(1).count(7).batch(5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 46, 1L << 62})
    void memoryThatLibtorchLacksIsNamedWithSizeAndBatch(long numbers) {
        ImageRequestBuilder request = request().onStep(_ -> Torch.zeros(numbers).close());
        assertThatExceptionOfType(TorchException.class)
                .isThrownBy(request::runAll)
                .withMessageContaining("7 images of 32 x 32 pixels, 5 at once, need a tensor of ")
                .withMessageContaining("ask for a smaller size or batch")
                .withCauseInstanceOf(TorchException.class);
    }

    @Test
    void memoryThatTheHeapLacksIsNamedWithTheRemedy() {
        ImageRequestBuilder request =
                request().onStep(_ -> assertThat(new byte[Integer.MAX_VALUE]).isEmpty());
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(request::runAll)
                .withMessageContaining("7 images of 32 x 32 pixels")
                .withMessageContaining("Java heap")
                .withMessageContaining("-Xmx");
    }

    @Test
    void anotherFailureOfLibtorchStaysAsItIs() {
        ImageRequestBuilder request =
                request().onStep(_ -> Torch.ones(2).add(Torch.ones(3)).close());
        assertThatExceptionOfType(TorchException.class)
                .isThrownBy(request::runAll)
                .withMessageContaining("size of tensor")
                .withNoCause();
    }
}
