package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.batch.LatentsInMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A training by two processes: this one is rank 0, a child is rank 1. */
@ExtendWith(TensorLeakCheck.class)
@Timeout(90)
class ProcessesTest {

    private static final String NO_FAULT = "none";

    @TempDir
    private Path folder;

    private int threads;

    /** The losses of a training by step, and the checksum of the weights behind it. */
    private record Outcome(List<Double> losses, String weights, long resumedAt) {}

    @BeforeEach
    void useOneThread() {
        threads = Torch.threads();
        Torch.setThreads(1);
    }

    @AfterEach
    void useAllThreads() {
        Torch.setThreads(threads);
    }

    private static Outcome train(long steps, Path folder, @Nullable ProcessGroup group) {
        return trainBy(Parallelism.NONE.withGroup(group), steps, folder);
    }

    private static Outcome trainBy(Parallelism hands, long steps, Path folder) {
        TrainingPlan plan = RankProcess.plan(steps);
        List<Double> losses = new ArrayList<>();
        try (DiffusionTransformer model = plan.newModel();
                LatentsInMemory batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches, hands);
                TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
            run.onStep(step -> losses.add(step.loss().total())).train();
            return new Outcome(losses, RankProcess.checksum(model), run.resumedAt());
        }
    }

    private static Outcome byTwo(long steps, Path folder) throws IOException {
        int port = RankProcess.freePort();
        Process child = RankProcess.start(port, steps, folder, NO_FAULT);
        try (ProcessGroup group = RankProcess.open(0, port)) {
            Outcome outcome = train(steps, folder, group);
            assertThat(lines(child)).containsExactly("weights " + outcome.weights);
            return outcome;
        } finally {
            child.destroyForcibly();
        }
    }

    private static List<String> lines(Process child) {
        return child.inputReader().lines().toList();
    }

    @Test
    void oneAndTwoProcessesHaveTheSameLosses() throws Exception {
        Outcome alone = train(100, folder.resolve("alone"), null);
        Outcome together = byTwo(100, folder.resolve("together"));
        assertThat(together.losses.getFirst()).isEqualTo(alone.losses.getFirst());
        for (int i = 0; i < 100; i++) {
            assertThat(together.losses.get(i)).as("step %d", i + 1).isCloseTo(alone.losses.get(i), within(1e-5));
        }
    }

    @Test
    void twoRunsEndInTheSameBits() throws Exception {
        assertThat(byTwo(20, folder.resolve("one"))).isEqualTo(byTwo(20, folder.resolve("other")));
    }

    @Test
    void exchangesDuringTheBackwardPassEndInTheSameBits() throws Exception {
        List<Outcome> overlapped = trainInOneJvm("overlapped", true);
        List<Outcome> afterwards = trainInOneJvm("afterwards", false);
        assertThat(overlapped).isEqualTo(afterwards);
        assertThat(overlapped.get(0).weights).isEqualTo(overlapped.get(1).weights);
    }

    private List<Outcome> trainInOneJvm(String name, boolean overlap) throws Exception {
        return TwoRanks.run(folder.resolve(name + "-group"), group -> {
            Torch.setThreads(1);
            return trainBy(Parallelism.NONE.withGroup(group).withOverlap(overlap), 8, folder.resolve(name));
        });
    }

    @Test
    void aKilledRankEndsTheOtherWhichGoesOnFromTheLastCheckpoint() throws Exception {
        Outcome whole = byTwo(12, folder.resolve("whole"));
        int port = RankProcess.freePort();
        Path broken = folder.resolve("broken");
        Process child = RankProcess.start(port, 12, broken, "halt");
        try (ProcessGroup group = RankProcess.open(0, port)) {
            assertThatThrownBy(() -> train(12, broken, group))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 1 (")
                    .hasMessageContaining("is gone");
        }
        assertThat(child.waitFor()).isEqualTo(9);
        Outcome resumed = byTwo(12, broken);
        assertThat(resumed.resumedAt).isEqualTo(5);
        assertThat(resumed.weights).isEqualTo(whole.weights);
        Outcome alone = train(15, broken, null);
        assertThat(alone.resumedAt).as("by one process").isEqualTo(12);
    }

    private void assertBothEnd(String fault, String... words) throws Exception {
        int port = RankProcess.freePort();
        Process child = RankProcess.start(port, 12, folder, fault);
        try (ProcessGroup group = RankProcess.open(0, port)) {
            assertThatThrownBy(() -> train(12, folder, group)).hasMessageContainingAll(words);
            assertThat(String.join(" ", lines(child))).contains(words);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void ranksOfDifferentPlansAreRefused() throws Exception {
        assertBothEnd("other-seed", "the plan differs", "rank 1 (");
    }

    @Test
    void aRankWhoseWeightsDifferEndsTheRunAndIsNamed() throws Exception {
        assertBothEnd("drift", "the state of the training differs", "rank 1 (");
    }

    @Test
    void aLossThatIsNotFiniteOnOneRankEndsTheStepOnBoth() throws Exception {
        assertBothEnd("nan", "step 1", "is not finite");
    }

    @Test
    void ranksOfDifferentDataAreRefused() throws Exception {
        List<Throwable> thrown = TwoRanks.run(
                folder.resolve("group"),
                group -> catchThrowable(() -> {
                    TrainingPlan plan = RankProcess.plan(1);
                    try (DiffusionTransformer model = plan.newModel();
                            LatentsInMemory batches = TinyTraining.batches(plan.withSeed(group.rank()));
                            Trainer trainer = new Trainer(plan, model, batches, Parallelism.NONE.withGroup(group))) {
                        trainer.step();
                    }
                }));
        assertThat(thrown)
                .allSatisfy(one -> assertThat(one)
                        .isInstanceOf(ProcessGroupException.class)
                        .hasMessageContaining("the training data differs")
                        .hasMessageContaining("Give all processes the same index and files"));
    }

    @Test
    void aCheckpointThatRankZeroCannotWriteEndsBothWithTheReason() throws Exception {
        Path path = folder.resolve("run");
        List<Throwable> thrown = TwoRanks.run(
                folder.resolve("group"),
                group -> catchThrowable(() -> {
                    TrainingPlan plan = RankProcess.plan(12);
                    try (DiffusionTransformer model = plan.newModel();
                            LatentsInMemory batches = TinyTraining.batches(plan);
                            Trainer trainer = new Trainer(plan, model, batches, Parallelism.NONE.withGroup(group));
                            TrainingRun<StepReport> run = TrainingRun.open(path, trainer)) {
                        // Where the checkpoint of step 5 would go; only rank 0 has listeners.
                        run.onStep(_ -> path.resolve("checkpoints/0000005.pt/taken")
                                        .toFile()
                                        .mkdirs())
                                .train();
                    }
                }));
        assertThat(thrown.get(0)).isInstanceOf(WeightFileException.class).hasMessageContaining("0000005.pt");
        assertThat(thrown.get(1))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 0 (")
                .hasMessageContaining("ended: ")
                .hasMessageContaining("0000005.pt");
    }

    @Test
    void aBatchThatDoesNotDivideIsRefused() throws Exception {
        GroupConfig config = GroupConfig.of(0, 1).at("127.0.0.1", RankProcess.freePort());
        try (ProcessGroup group = ProcessGroup.open(config)) {
            Parallelism three = Parallelism.NONE.withGroup(group).withWorkers(3);
            TrainingPlan plan = RankProcess.plan(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> three.requireFit(plan))
                    .withMessageContaining("set 'gradientAccumulation' to a multiple of 3");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> three.fit(plan))
                    .withMessageContaining("set 'batchSize' to a multiple of 12");
            assertThat(three.fit(plan.withBatches(24, 2)).gradientAccumulation())
                    .isEqualTo(6);
        }
    }
}
