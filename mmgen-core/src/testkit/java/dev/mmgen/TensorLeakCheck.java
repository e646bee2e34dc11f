package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.Torch;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that leaves tensors open, or closes what is not its own. */
public final class TensorLeakCheck implements BeforeEachCallback, AfterEachCallback {

    private long before;

    @Override
    public void beforeEach(ExtensionContext context) {
        before = Torch.liveTensors();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        assertThat(Torch.liveTensors()).as("open tensors").isEqualTo(before);
    }
}
