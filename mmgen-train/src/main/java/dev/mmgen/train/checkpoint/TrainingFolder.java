package dev.mmgen.train.checkpoint;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a training: {@code checkpoints/0050000.pt} and so on, named by step as the reference does, logs, and pictures
 * in {@code samples}. A checkpoint of safetensors is a folder {@code checkpoints/0050000}. While it is open no other trainer
 * can open it; a trainer that was killed leaves no lock behind.
 */
public final class TrainingFolder implements AutoCloseable {

    private static final String CHECKPOINTS = "checkpoints";
    private static final String LOCK = ".lock";
    private static final String CHECKPOINT = "[0-9]*";
    private static final String UNFINISHED = ".*.tmp";

    private final Path root;
    private final Path checkpoints;
    private final @Nullable FileChannel lock;

    private TrainingFolder(Path root, @Nullable FileChannel lock) {
        this.root = root;
        this.checkpoints = root.resolve(CHECKPOINTS);
        this.lock = lock;
    }

    /**
     * Opens a folder, made if needed, and removes what a killed trainer left half written.
     *
     * @throws CheckpointException if another trainer has it open, or it cannot be made
     */
    public static TrainingFolder open(Path root) {
        try {
            Files.createDirectories(root.resolve(CHECKPOINTS));
            TrainingFolder folder = new TrainingFolder(root, lock(root));
            folder.sweep();
            return folder;
        } catch (IOException e) {
            throw new CheckpointException(root + " cannot be used for training: " + FileReason.writing(e), e);
        }
    }

    /** Returns a folder that another process of the same training has opened: it is read here, not written. */
    public static TrainingFolder watch(Path root) {
        return new TrainingFolder(root, null);
    }

    private void sweep() {
        List<Path> rest = list(checkpoints, UNFINISHED);
        for (Path files : List.of(root, samples())) {
            if (Files.isDirectory(files)) {
                list(files, UNFINISHED).stream()
                        .filter(AtomicFile::isUnfinished)
                        .forEach(rest::add);
            }
        }
        rest.forEach(TrainingFolder::remove);
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel channel = FileChannel.open(
                root.resolve(LOCK), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        boolean locked = false;
        try {
            // The holder's number lies behind the byte that is locked, so that others can read it everywhere.
            FileLock held = channel.tryLock(0, 1, false);
            if (held == null) {
                throw occupied(root, channel);
            }
            channel.truncate(0);
            String number = " " + ProcessHandle.current().pid();
            channel.write(ByteBuffer.wrap(number.getBytes(StandardCharsets.US_ASCII)), 0);
            locked = true;
            return channel;
        } catch (OverlappingFileLockException _) {
            throw occupied(root, channel);
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static CheckpointException occupied(Path root, FileChannel channel) throws IOException {
        ByteBuffer number = ByteBuffer.allocate(20);
        channel.read(number, 1);
        String holder = new String(number.array(), 0, number.position(), StandardCharsets.US_ASCII);
        return new CheckpointException(root + " is in use by another trainer, process " + holder
                + "; wait for it, stop it, or train in another folder");
    }

    /** Returns the folder itself. */
    public Path path() {
        return root;
    }

    /** Returns where pictures of samples go. */
    public Path samples() {
        return root.resolve("samples");
    }

    /** Returns where checkpoints are. */
    public Path checkpointFolder() {
        return checkpoints;
    }

    /** Tells whether a path lies where a training has its checkpoints. */
    public static boolean isCheckpoint(Path path) {
        Path folder = path.toAbsolutePath().normalize().getParent();
        return folder != null && folder.endsWith(CHECKPOINTS);
    }

    /** Returns the checkpoint of the most steps, if there is one. */
    public Optional<Path> latest() {
        List<Path> all = checkpoints();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** Returns the checkpoints by steps. */
    public List<Path> checkpoints() {
        List<Path> found = Files.isDirectory(checkpoints) ? list(checkpoints, CHECKPOINT) : new ArrayList<>();
        found.removeIf(file -> !file.toString().endsWith(".pt") && !FolderCheckpoint.isOne(file));
        found.sort((a, b) -> Long.compare(steps(a), steps(b)));
        return found;
    }

    /** Returns after how many steps the latest checkpoint was written; 0 where there is none. */
    public long latestSteps() {
        return latest().map(TrainingFolder::steps).orElse(0L);
    }

    private static long steps(Path checkpoint) {
        String digits = checkpoint.getFileName().toString().replaceAll("\\D.*", "");
        return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    /** Returns the name of the checkpoint after so many steps. */
    public Path checkpoint(long steps, Checkpointing.Format format) {
        return checkpoints.resolve(format.fileName(String.format(Locale.ROOT, "%07d", steps)));
    }

    /** Returns the name of the checkpoint that is written when a step fails; it is never resumed by itself. */
    public Path failed(long step, Checkpointing.Format format) {
        return checkpoints.resolve(format.fileName(String.format(Locale.ROOT, "failed-%07d", step)));
    }

    /**
     * Removes all checkpoints but the latest.
     *
     * @param keep how many stay; 0 keeps all
     */
    public void keepLatest(int keep) {
        List<Path> all = checkpoints();
        Collections.reverse(all);
        for (Path old : keep == 0 ? List.<Path>of() : all.subList(Math.min(keep, all.size()), all.size())) {
            remove(old);
        }
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
            files.forEach(found::add);
        } catch (IOException e) {
            throw new CheckpointException(folder + " cannot be read: " + FileReason.reading(e), e);
        }
        return found;
    }

    private static void remove(Path path) {
        try {
            AtomicFolder.delete(path);
        } catch (IOException e) {
            throw new CheckpointException(path + " cannot be removed: " + FileReason.writing(e), e);
        }
    }

    /** Lets other trainers in. Closing twice has no effect. */
    @Override
    public void close() {
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            throw new CheckpointException(root + " cannot be unlocked: " + FileReason.reading(e), e);
        }
    }
}
