package dev.mmgen.shapes.evaluation;

import dev.mmgen.torch.Autocast;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.torch.optim.Muon;
import dev.mmgen.torch.optim.Optimizer;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.ShuffledBatches;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The training of a judge, which takes minutes: Muon for the layers between the first and the last ones, AdamW for these, with warm-up
 * and cosine decay. Results are EMA weights, so that checkpoints before the end are of use too.
 *
 * @param index scenes to train on, as {@code mmgen shapes render} lists them
 * @param steps how many batches, at least 1
 * @param batch scenes in a batch, at least 1
 * @param rate  the highest learning rate
 * @param seed  of the order of scenes
 */
public record JudgeTraining(Path index, int steps, int batch, double rate, long seed) {

    private static final Muon.Settings MUON = Muon.Settings.DEFAULT.withAdamW(
            AdamW.Settings.DEFAULT.withBeta2(0.99).withWeightDecay(0.01));
    private static final Set<String> OUTER = Set.of("stem", "features", "category", "maps");
    private static final GradientClip CLIP = new GradientClip(1);

    private static final double EMA_DECAY = 0.98;
    private static final int SNAPSHOT = 200;

    // Weights by which all terms have gradients of the same order.
    private static final double DEPTH_WEIGHT = 4;
    private static final double NORMAL_WEIGHT = 2;

    /** The receiver of the progress. */
    @FunctionalInterface
    public interface StepListener {

        /**
         * Called after each step.
         *
         * @param step the number of the step, from 1
         * @param loss the loss of the step
         */
        void onStep(int step, double loss);
    }

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public JudgeTraining {
        if (steps < 1 || batch < 1) {
            throw new IllegalArgumentException(steps + " steps of " + batch + " scenes; both must be at least 1");
        }
    }

    /** Returns a training on scenes with 1,500 batches of 32, a rate of 4e-3, seed 0. */
    public static JudgeTraining on(Path index) {
        return new JudgeTraining(index, 1500, 32, 4e-3, 0);
    }

    /** Returns the same training with another number of batches. */
    public JudgeTraining withSteps(int newSteps) {
        return new JudgeTraining(index, newSteps, batch, rate, seed);
    }

    /** Returns the same training with other batches. */
    public JudgeTraining withBatch(int newBatch) {
        return new JudgeTraining(index, steps, newBatch, rate, seed);
    }

    /** Returns the same training with another highest learning rate. */
    public JudgeTraining withRate(double newRate) {
        return new JudgeTraining(index, steps, batch, newRate, seed);
    }

    /** Returns the same training with scenes in another order. */
    public JudgeTraining withSeed(long newSeed) {
        return new JudgeTraining(index, steps, batch, rate, newSeed);
    }

    /**
     * Trains.
     *
     * @param judge  the judge with its first weights, which the caller closes
     * @param onStep called after each step
     * @param onSnapshot called every 200 steps and at the end with the EMA of the judge, which is closed afterwards
     * @throws dev.mmgen.train.data.DataException if a scene cannot be read
     * @throws ArithmeticException if the loss is no longer finite
     */
    public void run(ShapesJudge judge, StepListener onStep, Consumer<ShapesJudge> onSnapshot) {
        int rise = Math.max(1, steps / 20);
        LearningRate rates = new LearningRate.WarmUp(rise, new LearningRate.Cosine(rate, 0, Math.max(1, steps - rise)));
        judge.requiresGrad(true);
        LabelledScenes scenes = LabelledScenes.open(index, judge.edition());
        try (ShuffledBatches<LabelledScenes.Pixels> batches =
                        new ShuffledBatches<>(scenes.size(), batch, seed, scenes::read);
                Optimizer optimizer = new Muon(judge, MUON, key -> !OUTER.contains(key.split("\\.")[0]));
                Ema ema = new Ema(judge, EMA_DECAY)) {
            for (int step = 0; step < steps; step++) {
                double loss = step(judge, batches.next(), optimizer, rates.at(step));
                if (!Double.isFinite(loss)) {
                    throw new ArithmeticException("the loss of step " + (step + 1) + " is " + loss
                            + "; train with a lower rate than " + rate);
                }
                ema.update();
                onStep.onStep(step + 1, loss);
                if ((step + 1) % SNAPSHOT == 0 || step + 1 == steps) {
                    show(judge, ema, onSnapshot);
                }
            }
        }
    }

    private static void show(ShapesJudge judge, Ema ema, Consumer<ShapesJudge> onSnapshot) {
        try (ShapesJudge smoothed = new ShapesJudge(judge.edition());
                StateDict state = ema.state()) {
            smoothed.load(state);
            onSnapshot.accept(smoothed);
        }
    }

    private static double step(ShapesJudge judge, LabelledScenes.Pixels pixels, Optimizer optimizer, double rate) {
        try (TensorScope _ = TensorScope.open()) {
            LabelledScenes.Batch batch = LabelledScenes.batch(pixels);
            Tensor loss = loss(lower(judge, batch.photos()), batch);
            loss.backward();
            CLIP.apply(optimizer.gradients());
            optimizer.step(rate);
            optimizer.clearGradients();
            return loss.item();
        }
    }

    /** In two thirds of the time of float32, on processors with bfloat16 units. */
    private static ShapesJudge.Output lower(ShapesJudge judge, Tensor photos) {
        try (Autocast _ = Autocast.to(photos.device().type(), DType.BFLOAT16)) {
            return judge.forward(photos);
        }
    }

    /** Cross entropies of category and labels, the mean error of depth and one less the mean cosine between normals. */
    static Tensor loss(ShapesJudge.Output output, LabelledScenes.Batch truth) {
        return TensorScope.keeping(() -> {
            Tensor depth =
                    output.depth().to(DType.FLOAT32).sub(truth.depth()).abs().mean();
            Tensor normals = cosine(output.normals().to(DType.FLOAT32), truth.normals())
                    .mean()
                    .neg()
                    .add(1);
            return crossEntropy(output.categories(), truth.categories())
                    .add(crossEntropy(output.labels(), truth.labels()))
                    .addScaled(depth, DEPTH_WEIGHT)
                    .addScaled(normals, NORMAL_WEIGHT);
        });
    }

    private static Tensor crossEntropy(Tensor logits, Tensor classes) {
        return logits.to(DType.FLOAT32)
                .logSoftmax(1)
                .gather(1, classes.unsqueeze(1))
                .mean()
                .neg();
    }

    private static Tensor cosine(Tensor a, Tensor b) {
        return a.mul(b).sum(1).mul(inverseLength(a)).mul(inverseLength(b));
    }

    private static Tensor inverseLength(Tensor vectors) {
        return vectors.mul(vectors).sum(1).add(1e-6).rsqrt();
    }
}
