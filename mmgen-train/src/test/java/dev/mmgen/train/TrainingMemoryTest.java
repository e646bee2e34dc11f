package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.random.SeededDraws;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Memory that training needs, measured in processes of their own. */
@Tag("long")
@EnabledOnOs(OS.LINUX)
class TrainingMemoryTest {

    private static final int WARM_UP = 100;
    private static final int STEPS = 500;

    /** Weights, gradient, two moments and the average. */
    private static final int COPIES = 5;

    private static final TrainingPlan SMALL = TrainingPlan.released(TransformerConfig.sit("S/2"))
            .withPrecision(Precision.FLOAT32)
            .withBatches(4, 1);

    @Test
    void fiveHundredStepsLeaveMemoryAsItWas() throws Exception {
        List<long[]> samples = measured("steady");
        assertThat(samples).hasSize(STEPS + 1);
        long[] first = samples.getFirst();
        for (long[] sample : samples) {
            assertThat(sample[0]).as("tensors between steps").isEqualTo(first[0]);
            assertThat((double) sample[1] / first[1]).as("resident memory").isCloseTo(1, within(0.02));
        }
    }

    @Test
    void theMostIsStatesAndActivations() throws Exception {
        long activations = measured("activations").getFirst()[0];
        long[] whole = measured("peak").getFirst();
        long states = COPIES * whole[0];
        assertThat(whole[1])
                .as("above %d MB of states and %d MB of activations", states >> 20, activations >> 20)
                .isLessThan(Math.round(1.1 * (states + activations)));
    }

    private static List<long[]> measured(String what) throws IOException, InterruptedException {
        // The Java heap is resident from the start: what then grows is native.
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms128m",
                        "-Xmx128m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        what))
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        return lines.stream()
                .filter(line -> line.startsWith("measured "))
                .map(line -> line.split(" "))
                .map(words -> new long[] {Long.parseLong(words[1]), Long.parseLong(words[2])})
                .toList();
    }

    static final class Child {
        public static void main(String[] arguments) throws IOException {
            Torch.setThreads(1);
            switch (arguments[0]) {
                case "steady" -> steady();
                case "activations" -> activations();
                default -> peak();
            }
        }

        private static void say(long first, long second) {
            System.out.println("measured " + first + " " + second);
        }

        /** Bytes, from a line such as {@code VmRSS:     1234 kB}. */
        private static long status(String name) throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(name + ":")) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            throw new IllegalStateException("no " + name);
        }

        private static void steady() throws IOException {
            TrainingPlan plan = TinyTraining.PLAN.withSteps(WARM_UP + STEPS + 1);
            try (DiffusionTransformer model = plan.newModel();
                    BatchSource batches = TinyTraining.batches(plan);
                    Trainer trainer = new Trainer(plan, model, batches)) {
                for (int i = 0; i <= WARM_UP + STEPS; i++) {
                    trainer.step();
                    if (i >= WARM_UP) {
                        say(Torch.liveTensors(), status("VmRSS"));
                    }
                }
            }
        }

        /** What a forward pass keeps for the backward pass. */
        private static void activations() throws IOException {
            TrainingLoss loss = SMALL.loss();
            try (DiffusionTransformer model = SMALL.newModel();
                    SeededDraws draws = SeededDraws.ofStep(0, 0);
                    TensorScope _ = TensorScope.open()) {
                TrainingBatch batch = batch(4);
                model.train(true);
                model.requiresGrad(true);
                long before = status("VmRSS");
                LossTerms terms = loss.compute(ModelPass.of(model, 0, draws), batch);
                say(status("VmRSS") - before, terms.total().elements());
            }
        }

        private static void peak() throws IOException {
            try (TensorScope _ = TensorScope.open()) {
                Torch.ones(64, 64).softmax(1);
            }
            long before = status("VmRSS");
            try (DiffusionTransformer model = SMALL.newModel();
                    LatentsInMemory batches = batches();
                    Trainer trainer = new Trainer(SMALL, model, batches)) {
                for (int i = 0; i < 3; i++) {
                    trainer.step();
                }
                long parameters = 4
                        * model.parameters().values().stream()
                                .mapToLong(p -> p.shape().elements())
                                .sum();
                say(parameters, status("VmHWM") - before);
            }
        }

        private static LatentsInMemory batches() {
            try (TensorScope _ = TensorScope.open()) {
                return new LatentsInMemory(batch(8), SMALL.microBatch(), SMALL.seed());
            }
        }

        private static TrainingBatch batch(int samples) {
            try (Generator generator = Generator.seeded(1)) {
                return new TrainingBatch(
                        Torch.randn(generator, DType.FLOAT32, samples, 16, 32, 32),
                        Torch.randint(generator, 0, 1000, samples),
                        Torch.randn(generator, DType.FLOAT32, samples, 256, 768));
            }
        }
    }
}
