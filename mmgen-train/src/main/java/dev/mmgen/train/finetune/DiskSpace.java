package dev.mmgen.train.finetune;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.CriticTraining;
import dev.mmgen.train.TrainingPlan;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/** The room on a disk that a training's latents, its checkpoints and its result take. */
final class DiskSpace {

    /** Weights, two moments and the EMA, in float32. */
    private static final long COPIES = 4;

    private DiskSpace() {}

    /**
     * Checks that a folder's disk has room for what a run writes.
     *
     * @param pictures that are yet to be encoded, of all modalities together
     * @throws IllegalArgumentException if it has not; the message says how much it needs
     */
    static void require(Path folder, TrainingPlan plan, long pictures) {
        double latents = pictures * (double) bytes(plan.model());
        double weights =
                Float.BYTES * (double) MachineDefaults.parameters(plan.model()) * (COPIES * allCheckpoints(plan) + 1);
        double needed = latents + weights;
        Path there = folder.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        // Files.getFileStore throws in a chroot whose mount point is not listed; this asks the system about the folder
        // itself.
        File disk = there.toFile();
        long free = disk.getUsableSpace();
        // A file system that does not tell its size is found out when it is full; what was written by then stays.
        if (disk.getTotalSpace() > 0 && free < needed) {
            throw new IllegalArgumentException("the disk of " + folder + " has " + (free >> 20)
                    + " MiB left, but this training takes " + mebibytes(needed) + " MiB: "
                    + mebibytes(latents) + " of latents, " + mebibytes(weights)
                    + " of checkpoints and the result; free some, or name a folder on another disk");
        }
    }

    /** Returns what the means and deviations of a picture's latents take, in float32. */
    private static long bytes(TransformerConfig shape) {
        return 2L * Float.BYTES * shape.latentChannels() * shape.inputSize() * shape.inputSize();
    }

    private static long mebibytes(double bytes) {
        return Math.round(bytes / (1 << 20));
    }

    /** Returns the most checkpoints of the model and of its critic. */
    private static double allCheckpoints(TrainingPlan plan) {
        return checkpoints(plan) + (plan.loss().critic() == null ? 0 : checkpoints(CriticTraining.critic(plan)));
    }

    /** Returns the most checkpoints that are there at once: one more than stay, while an old one has not been removed. */
    private static double checkpoints(TrainingPlan plan) {
        int kept = plan.checkpointing().keep();
        double written = Math.ceil((double) plan.steps() / plan.checkpointing().every());
        return kept == 0 ? written : Math.min(kept + 1.0, written);
    }
}
