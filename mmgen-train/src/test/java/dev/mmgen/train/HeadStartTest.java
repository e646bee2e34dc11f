package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.TensorLeakCheck;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class HeadStartTest {

    @TempDir
    private Path folder;

    @Test
    void theOthersGoOnOnceRankZeroIsReady() throws Exception {
        AtomicBoolean ready = new AtomicBoolean();
        assertThat(TwoRanks.run(folder.resolve("group"), group -> {
                    HeadStart start = new HeadStart(Ranks.of(group));
                    start.await();
                    if (group.isFirst()) {
                        Thread.sleep(200);
                        ready.set(true);
                    }
                    boolean seen = ready.get();
                    start.sign();
                    start.end();
                    return seen;
                }))
                .containsOnly(true);
    }

    @Test
    void aProcessOnItsOwnWaitsForNobody() {
        HeadStart start = new HeadStart(Ranks.of(null));
        start.await();
        start.sign();
        start.end();
    }
}
