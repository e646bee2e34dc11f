package dev.mmgen.testkit;

import dev.mmgen.torch.Torch;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets libtorch compute on one thread during a class's tests: small models are fastest so. */
public final class OneThread implements BeforeAllCallback, AfterAllCallback {

    private int before;

    @Override
    public void beforeAll(ExtensionContext context) {
        before = Torch.threads();
        Torch.setThreads(1);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Torch.setThreads(before);
    }
}
