package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineDefaultsTest {

    private static final TransformerConfig SHAPE = TransformerConfig.builder()
            .inputSize(16)
            .width(192)
            .depth(8)
            .heads(4)
            .classes(10)
            .modalities(4)
            .build()
            .withoutProjectors();

    /** Weights, gradients, two moments and the EMA, and what one sample of 64 tokens keeps for its backward pass. */
    private static final long COPY = 4 * MachineDefaults.parameters(SHAPE);

    private static final long SAMPLE = 64L * 192 * 8 * 34 * 4;

    @TempDir
    Path folder;

    @Test
    void aFrozenModelTakesMemoryFromTheMicroBatches() {
        long enough = 5 * COPY + 2 * 32 * SAMPLE;
        assertThat(MachineDefaults.microBatches(32, SHAPE, 0, enough)).isEqualTo(1);
        assertThat(MachineDefaults.microBatches(32, SHAPE, 1, enough)).isEqualTo(2);
        assertThat(MachineDefaults.microBatches(32, SHAPE, 1, enough + COPY)).isEqualTo(1);
    }

    @Test
    void withoutMemoryASampleIsAMicroBatch() {
        assertThat(MachineDefaults.microBatches(32, SHAPE, 1, 0)).isEqualTo(32);
    }

    @Test
    void latentsThatADiskCannotHoldAreRefusedBeforeTheyAreMade() {
        TrainingPlan plan = TrainingPlan.finetuning(
                        SHAPE,
                        List.of("rgb", "depth", "normal", "segmentation"),
                        VelocityLoss.released().withAlignmentWeight(0))
                .withSteps(1);
        DiskSpace.require(folder, plan, 0);
        // 8 KiB for a picture's means and deviations: 8 PiB.
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiskSpace.require(folder, plan, 1L << 40))
                .withMessageContaining("the disk of " + folder + " has ")
                .withMessageContaining(": 8589934592 of latents, ");
    }
}
