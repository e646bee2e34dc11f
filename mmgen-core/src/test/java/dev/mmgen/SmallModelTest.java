package dev.mmgen;

import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests of the pipeline with a small model, opened anew for each. It computes on one thread: on a busy machine, several spend
 * their time waiting for each other's small shares.
 */
abstract class SmallModelTest {

    @TempDir
    static Path folder;

    private static int threads;

    MmGen mmgen;

    @BeforeAll
    static void write() {
        threads = Torch.threads();
        Torch.setThreads(1);
        SmallModelFolder.write(folder);
    }

    @AfterAll
    static void restoreThreads() {
        Torch.setThreads(threads);
    }

    @BeforeEach
    void open() {
        mmgen = MmGen.open(folder);
    }

    @AfterEach
    void close() {
        mmgen.close();
    }
}
