package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.TrainingFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The EMA of another length than the one that a training kept, put together when it has ended (Karras et al., 2024, section 3):
 * how long an EMA draws best is known only then, and a training for each length would cost as much as the first.
 *
 * <p>The checkpoints of a training hold its EMA at their steps. Two in turn tell the mean of the weights between them: what the
 * second has that is not left of the first. The wanted EMA is the mean of these stretches, each with the share of its steps in
 * {@code t^gamma}, so that it grows with the training. The more checkpoints, the closer: within a stretch steps keep the shares
 * that the training gave them.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="post-hoc-ema"}
 */
public final class PostHocEma {

    /** The width of equal shares of all steps, the root of 1/12: no power of time is wider. */
    private static final double WIDEST = Math.sqrt(1.0 / 12);

    private static final double MAX_WIDTH = 0.288;

    private final List<EmaSnapshot> snapshots;
    /** The part of the EMA of the checkpoint before that is left in each one's; 0 in the first. */
    private final List<Double> kept;

    private PostHocEma(List<EmaSnapshot> snapshots, List<Double> kept) {
        this.snapshots = snapshots;
        this.kept = kept;
    }

    /**
     * Reads when the checkpoints of a training's folder were written, see {@link #of}.
     *
     * @throws CheckpointException as of {@link #of}, or if the folder is none of a training
     */
    public static PostHocEma ofTraining(Path folder) {
        TrainingFolder training = TrainingFolder.watch(folder);
        if (!Files.isDirectory(training.checkpointFolder())) {
            throw new CheckpointException(folder + " is no folder of a training: it has no folder '"
                    + training.checkpointFolder().getFileName() + "'");
        }
        return of(training.checkpoints());
    }

    /**
     * Reads when checkpoints were written, and how their EMA was kept; that of official checkpoints as in the official recipe.
     *
     * @param checkpoints {@code .pt} files or folders of one training, by steps, at least two
     * @throws CheckpointException if there are fewer, they are not in order or not of one training, or one is none of a
     *     transformer's training
     */
    public static PostHocEma of(List<Path> checkpoints) {
        if (checkpoints.size() < 2) {
            throw new CheckpointException("an EMA of another length takes at least two checkpoints, but there "
                    + (checkpoints.isEmpty() ? "is none" : "is one alone, " + checkpoints.getFirst())
                    + "; keep more of them (setting 'checkpointing.keep')");
        }
        List<EmaSnapshot> snapshots = new ArrayList<>();
        List<Double> kept = new ArrayList<>(List.of(0.0));
        for (Path path : checkpoints) {
            EmaSnapshot snapshot = EmaSnapshot.of(path);
            if (!snapshots.isEmpty()) {
                EmaSnapshot before = snapshots.getLast();
                snapshot.requireAfter(before);
                kept.add(kept(snapshot.optimization(), before.steps(), snapshot.steps()));
            }
            snapshots.add(snapshot);
        }
        return new PostHocEma(List.copyOf(snapshots), List.copyOf(kept));
    }

    private static double kept(Optimization optimization, long from, long to) {
        double kept = 1;
        for (long step = from; step < to && kept > 0; step++) {
            kept *= optimization.emaDecayAt(step);
        }
        if (kept > 1 - 1e-6) {
            throw new CheckpointException("the EMA hardly moved from step " + from + " to " + to
                    + ", so these checkpoints do not tell the weights between them");
        }
        return kept;
    }

    /**
     * Returns the share of each stretch that ends at a checkpoint, the first of which begins at step 0.
     *
     * @param width standard deviation of the averaged steps, in parts of the training: above 0, to 0.288; the training's own
     *     EMA has about {@code 1 / ((1 - decay) * steps)}
     * @throws IllegalArgumentException if the width is out of range, or narrower than the steps between the last two checkpoints
     */
    public List<Double> shares(double width) {
        double power = 1 + gamma(width);
        requireTold(width);
        double last = snapshots.getLast().steps();
        List<Double> shares = new ArrayList<>();
        double before = 0;
        for (EmaSnapshot snapshot : snapshots) {
            double until = Math.pow(snapshot.steps() / last, power);
            shares.add(until - before);
            before = until;
        }
        return shares;
    }

    /** Nobody can tell the steps of a stretch apart, so nothing is narrower than the mean of the last one's. */
    private void requireTold(double width) {
        double last = snapshots.getLast().steps();
        double narrowest = (last - snapshots.get(snapshots.size() - 2).steps()) / last * WIDEST;
        if (width < narrowest) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "an EMA of width %s is narrower than the last two checkpoints can tell, %.4f; keep more checkpoints, or"
                            + " take the weights of the last",
                    (float) width,
                    narrowest));
        }
    }

    /** Returns the power of time whose mean has a standard deviation, by halving: the deviation falls with the power. */
    private static double gamma(double width) {
        if (!(width > 0 && width <= MAX_WIDTH)) {
            throw new IllegalArgumentException(
                    "an EMA of width " + width + "; it must be above 0 and at most " + MAX_WIDTH);
        }
        double low = 0;
        double high = 2 / width;
        for (int i = 0; i < 100; i++) {
            double middle = (low + high) / 2;
            double deviation = Math.sqrt((middle + 1) / (middle + 3)) / (middle + 2);
            if (deviation > width) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Returns the EMA of a width, see {@link #shares}. Close the result.
     *
     * @throws CheckpointException if checkpoints hold other weights than the last
     */
    public StateDict weights(double width) {
        List<Double> shares = shares(width);
        Map<String, Tensor> sum = new LinkedHashMap<>();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            for (int i = 0; i < shares.size(); i++) {
                add(sum, snapshots.get(i), factor(shares, i));
            }
            sum.values().forEach(Tensor::unscoped);
        }
        return StateDict.of(sum);
    }

    /** The factor of a checkpoint's EMA in the sum: for its own stretch, less what the next stretch has of it. */
    private double factor(List<Double> shares, int place) {
        double factor = shares.get(place) / (1 - kept.get(place));
        if (place + 1 < shares.size()) {
            double left = kept.get(place + 1);
            factor -= shares.get(place + 1) * left / (1 - left);
        }
        return factor;
    }

    private static void add(Map<String, Tensor> sum, EmaSnapshot snapshot, double factor) {
        try (StateDict ema = snapshot.ema()) {
            if (sum.isEmpty()) {
                ema.asMap().forEach((key, value) -> sum.put(key, value.mul(factor)));
                return;
            }
            if (!sum.keySet().equals(ema.asMap().keySet())) {
                throw new CheckpointException(snapshot.path()
                        + " holds other weights than the checkpoints before it; are they of one training?");
            }
            Tensor scalar = Torch.scalar(factor);
            sum.forEach((key, before) -> {
                Tensor value = ema.get(key);
                if (!before.shape().equals(value.shape())) {
                    throw new CheckpointException(snapshot.path() + " has '" + key + "' of shape " + value.shape()
                            + ", the checkpoints before it of " + before.shape());
                }
                before.addProduct_(value, scalar);
            });
        }
    }

    /**
     * Writes the EMA in the form of the last checkpoint, without what a training goes on with: a {@code .pt} that {@code convert} and
     * the official programs read, or a model folder.
     *
     * @param path new, and not among the checkpoints of a training, which would go on from it
     * @throws CheckpointException if it is no such name
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    public void write(Path path, double width) {
        requireNew(path);
        try (StateDict weights = weights(width)) {
            snapshots.getLast().write(path, weights);
        }
    }

    private void requireNew(Path path) {
        if (Files.exists(path)) {
            throw new CheckpointException(path + " exists; name a new file");
        }
        if (TrainingFolder.isCheckpoint(path)) {
            throw new CheckpointException(path + " would be among the checkpoints of a training; name another folder");
        }
        boolean file = !Files.isDirectory(snapshots.getLast().path());
        if (file != path.toString().endsWith(".pt")) {
            throw new CheckpointException(path + " cannot be the name; of these checkpoints it becomes "
                    + (file ? "a .pt file" : "a model folder, whose name does not end in .pt"));
        }
    }
}
