package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.train.TinyTraining;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.Checkpointing;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {

    /** A plan whose checkpoints fill any disk. */
    private static final TrainingPlan ENDLESS = TinyTraining.PLAN.toBuilder()
            .steps(2_000_000_000L)
            .checkpointing(Checkpointing.every(1).withKeep(Integer.MAX_VALUE))
            .build();

    @Test
    void aDiskThatIsTooSmallIsNamedWithWhatTheRunTakes(@TempDir Path folder) {
        Path out = folder.resolve("not").resolve("there");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiskSpace.require(out, ENDLESS, 0))
                .withMessageStartingWith("the disk of " + out + " has ")
                .withMessageContaining(" MiB left, but this training takes ");
        assertThatCode(() -> DiskSpace.require(out, TinyTraining.PLAN, 1)).doesNotThrowAnyException();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileSystemThatDoesNotTellItsSizeIsTaken() {
        assertThatCode(() -> DiskSpace.require(Path.of("/proc/self"), ENDLESS, 0))
                .doesNotThrowAnyException();
    }
}
