package dev.mmgen.train.metric;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** One array in a {@code .npy} file. */
public final class NpyFile {

    private NpyFile() {}

    /**
     * Reads an array.
     *
     * @throws MetricFileException if the file is missing or damaged, or its array of another type or over
     *                             {@link NpyArray#MAX_BYTES}
     */
    public static NpyArray read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            NpyArray array = NpyArray.read(in, NpyArray.MAX_BYTES);
            if (in.read() >= 0) {
                throw new IOException("the file goes on after its array");
            }
            return array;
        } catch (IOException e) {
            throw MetricFileException.of(file, "cannot be read", e);
        }
    }

    /**
     * Writes an array, byte for byte as numpy 2 does. The file appears whole or not at all; missing folders are made.
     *
     * @throws MetricFileException if the file cannot be written; one that was there before is left as it was
     */
    public static void write(Path file, NpyArray array) {
        try (PendingFile pending = new PendingFile(file)) {
            pending.out().write(array.header().toBytes());
            pending.out().write(array.storedBytes());
            pending.commit();
        } catch (IOException e) {
            throw MetricFileException.of(file, "cannot be written", e);
        }
    }
}
