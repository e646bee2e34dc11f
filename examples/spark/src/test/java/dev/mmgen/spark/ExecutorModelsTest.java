package dev.mmgen.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mmgen.MmGen;
import dev.mmgen.io.ModelFolderException;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.torch.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
class ExecutorModelsTest {

    @RegisterExtension
    static final LocalSpark LOCAL = new LocalSpark();

    @TempDir
    Path folder;

    private RowCount count;

    @BeforeEach
    void begin() {
        ExecutorModels.closeIdle();
        count = RowCount.of(LOCAL.spark());
    }

    @AfterEach
    void end() {
        ExecutorModels.closeIdle();
        assertThat(ExecutorModels.open()).isZero();
    }

    @Test
    void tasksThatAskAtOnceShareAModelThatIsOpenedOnce() {
        List<CompletableFuture<ExecutorModels.Lease>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tasks.add(CompletableFuture.supplyAsync(() -> ExecutorModels.lease(SparkModel.shapes(), count)));
        }
        List<MmGen> models =
                tasks.stream().map(task -> task.join().mmgen()).distinct().toList();
        assertThat(models).hasSize(1);
        assertThat(count.models()).isEqualTo(1);
        tasks.forEach(task -> task.join().close());
    }

    @Test
    void anIdleModelStaysForTheNextTasksAndMakesRoomForAnotherOne() {
        MmGen first;
        try (ExecutorModels.Lease task = ExecutorModels.lease(SparkModel.shapes(), count)) {
            first = task.mmgen();
        }
        try (ExecutorModels.Lease task = ExecutorModels.lease(SparkModel.shapes(), count)) {
            assertThat(task.mmgen()).isSameAs(first);
        }
        SparkModel other = SparkModel.of(RandomModel.make(folder).toString());
        try (ExecutorModels.Lease _ = ExecutorModels.lease(other, count)) {
            assertThat(ExecutorModels.open()).isEqualTo(1);
        }
        assertThatIllegalStateException().isThrownBy(first::generate).withMessageContaining("closed");
        assertThat(count.models()).isEqualTo(2);
    }

    @Test
    void twoModelsAreOpenWhileTasksUseBoth() {
        SparkModel half = SparkModel.shapes().in(DType.BFLOAT16);
        try (ExecutorModels.Lease task = ExecutorModels.lease(SparkModel.shapes(), count);
                ExecutorModels.Lease other = ExecutorModels.lease(half, count)) {
            assertThat(ExecutorModels.open()).isEqualTo(2);
            task.mmgen().generate();
            other.mmgen().generate();
            // Given back once, however often it is closed.
            other.close();
            other.close();
            ExecutorModels.closeIdle();
            assertThat(ExecutorModels.open()).isEqualTo(1);
        }
    }

    @Test
    void aModelThatCannotBeOpenedLeavesNothingBehind() {
        SparkModel missing = SparkModel.of(folder.resolve("nowhere").toString());
        assertThatExceptionOfType(ModelFolderException.class).isThrownBy(() -> ExecutorModels.lease(missing, count));
        assertThat(ExecutorModels.open()).isZero();
        assertThat(count.models()).isZero();
    }
}
