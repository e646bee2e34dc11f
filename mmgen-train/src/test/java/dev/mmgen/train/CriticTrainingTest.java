package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossContext;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.MomentMatchingLoss;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.TimeDistribution.FewSteps;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class CriticTrainingTest {

    private static final MomentMatchingLoss LOSS = new MomentMatchingLoss(
            VelocityLoss.released().withAlignment(RepresentationAlignment.NONE), Guidance.NONE, new FewSteps(2, 2));
    private static final TrainingPlan PLAN =
            TinyTraining.PLAN.withLoss(LOSS).withBatches(4, 2).withSteps(4);

    @TempDir
    Path folder;

    /** Makes steps by some hands, and returns the losses. */
    private static List<Double> train(TrainingPlan plan, Parallelism hands, Path folder) {
        List<Double> losses = new ArrayList<>();
        TrainingPlan criticised = CriticTraining.critic(plan);
        try (DiffusionTransformer model = plan.newModel();
                LatentsInMemory batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches, hands);
                DiffusionTransformer other = plan.newModel();
                LatentsInMemory others = TinyTraining.batches(criticised);
                Trainer critic = new Trainer(criticised, other, others, hands);
                TrainingRun<StepReport> run =
                        TrainingRun.open(folder, new CriticTraining(trainer, critic, folder.resolve("critic")))) {
            run.onStep(step -> losses.add(step.loss().total())).train();
        }
        return losses;
    }

    @Test
    void twoRanksHaveTheLossesOfOne() throws Exception {
        List<Double> alone = train(PLAN, Parallelism.NONE, folder.resolve("alone"));
        List<Double> together = TwoRanks.run(folder.resolve("group"), group -> {
                    Torch.setThreads(1);
                    return train(PLAN, Parallelism.NONE.withGroup(group), folder.resolve("together"));
                })
                .getFirst();
        assertThat(alone).hasSize(4).allMatch(loss -> loss > 0);
        for (int i = 0; i < 4; i++) {
            assertThat(together.get(i)).as("step %d", i + 1).isCloseTo(alone.get(i), within(1e-4));
        }
    }

    /** A loss that is not a number from a step on. */
    private record Failing(TrainingLoss loss, long from) implements TrainingLoss {

        @Override
        public LossTerms compute(LossContext context, TrainingBatch batch) {
            LossTerms terms = loss.compute(context, batch);
            return context.step() < from
                    ? terms
                    : new LossTerms(
                            terms.total().mul(Double.NaN),
                            terms.velocity(),
                            terms.perModality(),
                            terms.supervised(),
                            terms.alignment());
        }

        @Override
        public TrainingLoss critic() {
            return loss.critic();
        }

        @Override
        public boolean needsBase() {
            return loss.needsBase();
        }
    }

    @Test
    void aFailedStepLeavesTheCriticsCheckpointAsItWas() throws Exception {
        TrainingPlan failing = PLAN.withLoss(new Failing(LOSS, 2));
        assertThatThrownBy(() -> train(failing, Parallelism.NONE, folder.resolve("failed")))
                .isInstanceOf(NonFiniteException.class);
        train(PLAN.withSteps(2), Parallelism.NONE, folder.resolve("whole"));
        Path name = Path.of("critic/checkpoints/0000002.pt");
        assertThat(folder.resolve("failed/checkpoints/failed-0000003.pt")).exists();
        assertThat(Files.size(folder.resolve("failed").resolve(name)))
                .isEqualTo(Files.size(folder.resolve("whole").resolve(name)));
        assertThat(folder.resolve("failed/critic/checkpoints")).isDirectoryNotContaining("glob:**0000003*");
        Path halfWritten = Files.createFile(folder.resolve("failed/critic/checkpoints/.0000003.pt.killed.tmp"));
        List<Double> rest = train(PLAN, Parallelism.NONE, folder.resolve("failed"));
        List<Double> all = train(PLAN, Parallelism.NONE, folder.resolve("all"));
        assertThat(rest).isEqualTo(all.subList(2, 4));
        assertThat(halfWritten).doesNotExist();
    }

    @Test
    void theCriticLearnsAtTwiceTheRateAndKeepsACheckpointMore() {
        TrainingPlan critic = CriticTraining.critic(
                PLAN.withCheckpointing(PLAN.checkpointing().withKeep(2)));
        assertThat(critic.optimization().learningRate()).isEqualTo(2e-3);
        assertThat(critic.checkpointing().keep()).isEqualTo(3);
        assertThat(critic.loss()).isEqualTo(LOSS.critic());
        assertThat(CriticTraining.critic(
                                PLAN.withOptimization(PLAN.optimization().withLearningRate(LearningRate.MAX)))
                        .optimization()
                        .learningRate())
                .isEqualTo(LearningRate.MAX);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CriticTraining.critic(TinyTraining.PLAN))
                .withMessageContaining("has no critic");
    }

    @Test
    void allWeightsOfACriticLearnAlsoBesideAnAdapter() {
        Optimization own = PLAN.optimization().toBuilder()
                .learningRate(5e-3)
                .rateFactors(List.of(new RateFactor("blocks", 0, 0, 0.1, false)))
                .build();
        TrainingPlan adapter = PLAN.toBuilder()
                .optimization(own)
                .lora(LoraConfig.DEFAULT.withRank(2))
                .build();
        TrainingPlan critic = CriticTraining.critic(adapter);
        assertThat(critic.lora()).isNull();
        assertThat(critic.optimization())
                .isEqualTo(own.toBuilder()
                        .learningRate(2e-3)
                        .rateFactors(List.of())
                        .build());
        assertThat(CriticTraining.critic(PLAN.withOptimization(own))
                        .optimization()
                        .rateFactors())
                .isEqualTo(own.rateFactors());
    }

    @Test
    void aTrainerAloneNamesWhatIsMissing() {
        TinyTraining.withTrainer(
                PLAN,
                trainer -> assertThatThrownBy(trainer::step)
                        .hasMessageContaining("a second model")
                        .hasMessageContaining("CriticTraining"));
    }
}
