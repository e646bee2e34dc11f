package dev.mmgen.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.sampling.VelocityField;
import dev.mmgen.testkit.OneThread;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Exceptions that end a batch while it is drawn. */
@ExtendWith(OneThread.class)
class FailingBatchTest {

    @RegisterExtension
    static final LocalSpark LOCAL = new LocalSpark();

    private static final CountDownLatch BEGUN = new CountDownLatch(1);

    /** A method that fails for more images than two, as if there were no memory for them. */
    private record TwoAtATime() implements Sampler {

        @Override
        public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
            Stepper euler = new Euler().begin(field, grid, noise);
            return (state, index) -> {
                if (state.size(0) > 2) {
                    throw new IllegalStateException("too many at once");
                }
                return euler.step(state, index);
            };
        }
    }

    /** A method that tells when it begins. */
    private record Telling() implements Sampler {

        @Override
        public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
            BEGUN.countDown();
            return new Euler().begin(field, grid, noise);
        }
    }

    @Test
    void aBatchThatFailsIsDrawnRowByRow() {
        List<Row> read = read(request -> request.sampler(new TwoAtATime()));
        List<Row> usual = read(request -> request.sampler(new Euler()));
        for (int i = 0; i < 3; i++) {
            assertThat(read.get(i).<String>getAs("error")).isNull();
            assertThat(RgbImage.read(read.get(i).<byte[]>getAs("depth")))
                    .isEqualTo(RgbImage.read(usual.get(i).<byte[]>getAs("depth")));
        }
    }

    private static List<Row> read(RequestSettings method) {
        return SparkModel.shapes()
                .understand("photo")
                .with(request -> request.steps(2).only(Modality.DEPTH))
                .with(method)
                .apply(LOCAL.photos(LocalSpark.scenes(3)).coalesce(1))
                .collectAsList();
    }

    @Test
    @Timeout(60)
    void aJobThatIsCancelledEndsBetweenTwoStepsAndGivesItsModelBack() throws Exception {
        Dataset<Row> endless = SparkModel.shapes()
                .understand("photo")
                .with(request -> request.sampler(new Telling()).steps(100_000))
                .apply(LOCAL.photos(LocalSpark.scenes(1)));
        CompletableFuture<Throwable> end = CompletableFuture.supplyAsync(() -> catchThrowable(endless::collectAsList));
        assertThat(BEGUN.await(30, TimeUnit.SECONDS)).isTrue();
        LOCAL.spark().sparkContext().cancelAllJobs();
        assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageContaining("cancelled");
        // The task ends a step later than its job.
        while (ExecutorModels.open() > 0) {
            Thread.sleep(20);
            ExecutorModels.closeIdle();
        }
    }

    @Test
    void aTaskThatIsNotReadToItsEndGivesItsModelBack() {
        SparkModel.shapes()
                .understand("photo")
                .with(request -> request.steps(1).batch(1))
                .apply(LOCAL.photos(LocalSpark.scenes(5)).coalesce(1))
                .takeAsList(1);
        ExecutorModels.closeIdle();
        assertThat(ExecutorModels.open()).isZero();
    }
}
