package dev.mmgen.train.finetune;

import dev.mmgen.train.TrainingPlan;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/** The room on a disk that a training's checkpoints and its result take. */
final class DiskSpace {

    /** Weights, two moments and the EMA, in float32. */
    private static final long COPIES = 4;

    private DiskSpace() {}

    /**
     * Checks that a folder's disk has room for what a run writes.
     *
     * @throws IllegalArgumentException if it has not; the message says how much it needs
     */
    static void require(Path folder, TrainingPlan plan) {
        long copy = Float.BYTES * MachineDefaults.parameters(plan.model());
        double needed = copy * (COPIES * checkpoints(plan) + 1);
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
            throw new IllegalArgumentException("the disk of " + folder + " has " + (free >> 20) + " MiB left, but the"
                    + " checkpoints of this training take "
                    + Math.round(needed / (1 << 20)) + " MiB; free some, or name a folder on"
                    + " another disk");
        }
    }

    /** Returns the most checkpoints that are there at once: one more than stay, while an old one has not been removed. */
    private static double checkpoints(TrainingPlan plan) {
        int kept = plan.checkpointing().keep();
        double written = Math.ceil((double) plan.steps() / plan.checkpointing().every());
        return kept == 0 ? written : Math.min(kept + 1.0, written);
    }
}
