package dev.mmgen.torch.weights.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.TorchFileBuilder;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipDirectoryTest {

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;

    @TempDir
    private Path folder;

    @Test
    void offsetsPointAtTheBytes() throws IOException {
        Path path = TorchFileBuilder.write(folder.resolve("x.zip"), "päth/", twoEntries(), false);
        byte[] bytes = Files.readAllBytes(path);
        Map<String, Entry> entries = read(path);
        assertThat(entries.keySet()).containsExactly("päth/a", "päth/b");
        Entry b = entries.get("päth/b");
        assertThat(b.size()).isEqualTo(5);
        assertThat(new String(bytes, (int) b.offset(), 5, StandardCharsets.US_ASCII))
                .isEqualTo("world");
    }

    @Test
    void aCommentMayFollow() throws IOException {
        Path path = edited(zip -> zip.putShort(find(zip, END, 0) + 20, (short) 3));
        Files.write(path, "end".getBytes(StandardCharsets.US_ASCII), StandardOpenOption.APPEND);
        assertThat(read(path)).hasSize(2);
        Files.write(path, new byte[1], StandardOpenOption.APPEND);
        refused(path, "is cut off");
    }

    @Test
    void contradictionsBetweenTheDirectoriesAreRefused() throws IOException {
        refused(edited(zip -> zip.put(find(zip, LOCAL, 0) + 30, (byte) 'z')), "differs from its local header");
        refused(edited(zip -> zip.putShort(find(zip, LOCAL, 0) + 8, (short) 8)), "differs from its local header");
        refused(edited(zip -> zip.putInt(find(zip, LOCAL, 0) + 18, 4)), "another size in its local header");
        refused(edited(zip -> zip.putInt(find(zip, CENTRAL, 0) + 20, 4)), "another size in its local header");
        refused(edited(zip -> zip.putInt(find(zip, CENTRAL, 0) + 42, 1)), "has no local header");
        refused(edited(zip -> zip.putInt(find(zip, CENTRAL, 0) + 42, Integer.MAX_VALUE)), "lies outside the archive");
        refused(edited(zip -> zip.putInt(find(zip, CENTRAL, 0) + 20, -1)), "lacks its 64-bit sizes");
        refused(
                edited(zip -> {
                    zip.putShort(find(zip, CENTRAL, 0) + 8, (short) 1);
                    zip.putShort(find(zip, LOCAL, 0) + 6, (short) 1);
                }),
                "is encrypted");
        refused(
                edited(zip -> {
                    zip.putShort(find(zip, CENTRAL, 0) + 10, (short) 99);
                    zip.putShort(find(zip, LOCAL, 0) + 8, (short) 99);
                }),
                "method 99");
    }

    @Test
    void overlappingEntriesAreRefused() throws IOException {
        refused(
                edited(zip -> {
                    int first = zip.getInt(find(zip, CENTRAL, 0) + 42);
                    zip.putInt(find(zip, CENTRAL, 1) + 42, first);
                    zip.put(find(zip, CENTRAL, 1) + 46 + 2, (byte) 'a');
                }),
                "overlaps the one before it");
    }

    @Test
    void aDamagedEndIsRefused() throws IOException {
        refused(edited(zip -> zip.putShort(find(zip, END, 0) + 10, (short) 3)), "announces 3");
        refused(edited(zip -> zip.putShort(find(zip, END, 0) + 4, (short) 1)), "split over several files");
        refused(edited(zip -> zip.putInt(find(zip, END, 0) + 16, 0)), "not where the archive says it is");
        refused(edited(zip -> zip.putInt(find(zip, END, 0) + 12, -1)), "not where the archive says it is");
        refused(edited(zip -> zip.putInt(find(zip, CENTRAL, 1), 0)), "directory is damaged");
    }

    @Test
    void storagesBeyondFourGigabytesAreFound() throws IOException {
        Path path = folder.resolve("large.pt");
        byte[] tail = {1, 2, 3, 4};
        long hole = 5L << 30;
        byte[] pickle = "\u0080\2N.".getBytes(StandardCharsets.ISO_8859_1);
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer directory = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
            long at = appendZip64(
                    channel, directory, 0, new Stored("m/data.pkl", ByteBuffer.wrap(pickle), pickle.length));
            at = appendZip64(channel, directory, at, new Stored("m/data/0", ByteBuffer.allocate(0), hole));
            at = appendZip64(channel, directory, at, new Stored("m/data/1", ByteBuffer.wrap(tail), tail.length));
            int size = directory.position();
            directory
                    .putInt(0x06064b50)
                    .putLong(44)
                    .putShort((short) 45)
                    .putShort((short) 45)
                    .putInt(0)
                    .putInt(0)
                    .putLong(3)
                    .putLong(3)
                    .putLong(size)
                    .putLong(at);
            directory.putInt(0x07064b50).putInt(0).putLong(at + size).putInt(1);
            directory
                    .putInt(END)
                    .putInt(0)
                    .putShort((short) -1)
                    .putShort((short) -1)
                    .putInt(-1)
                    .putInt(-1)
                    .putShort((short) 0);
            channel.write(directory.flip(), at);
        }
        try (FileBytes file = FileBytes.open(path, WeightFileException::new);
                PickleCheckpoint checkpoint = PickleCheckpoint.open(path)) {
            assertThat(checkpoint.root()).isNull();
            Map<String, Entry> entries = ZipDirectory.read(file);
            assertThat(entries.get("m/data/0").size()).isEqualTo(hole);
            assertThat(entries.get("m/data/1").offset()).isGreaterThan(hole);
            assertThat(file.read(entries.get("m/data/1").offset(), 4, "tail").array())
                    .isEqualTo(tail);
        }
    }

    /** A stored entry; its bytes beyond {@code head} are a hole. */
    private record Stored(String name, ByteBuffer head, long size) {}

    /** Appends an entry with all its numbers in a zip64 field. */
    private static long appendZip64(FileChannel channel, ByteBuffer directory, long at, Stored entry)
            throws IOException {
        byte[] text = entry.name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer local = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        local.putInt(LOCAL)
                .putShort((short) 45)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(0)
                .putInt(-1)
                .putInt(-1)
                .putShort((short) text.length)
                .putShort((short) 20)
                .put(text)
                .putShort((short) 1)
                .putShort((short) 16)
                .putLong(entry.size)
                .putLong(entry.size);
        directory
                .putInt(CENTRAL)
                .putShort((short) 45)
                .putShort((short) 45)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(0)
                .putInt(-1)
                .putInt(-1)
                .putShort((short) text.length)
                .putShort((short) 28)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(-1)
                .put(text)
                .putShort((short) 1)
                .putShort((short) 24)
                .putLong(entry.size)
                .putLong(entry.size)
                .putLong(at);
        long data = at + local.position();
        channel.write(local.flip(), at);
        channel.write(entry.head, data);
        return data + entry.size;
    }

    private static Map<String, byte[]> twoEntries() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a", "hello".getBytes(StandardCharsets.US_ASCII));
        entries.put("b", "world".getBytes(StandardCharsets.US_ASCII));
        return entries;
    }

    private Path edited(Consumer<ByteBuffer> edit) throws IOException {
        Path path = TorchFileBuilder.write(folder.resolve("x.zip"), "p/", twoEntries(), false);
        ByteBuffer zip = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        edit.accept(zip);
        return Files.write(path, zip.array());
    }

    private static int find(ByteBuffer zip, int signature, int skip) {
        int left = skip;
        for (int at = 0; at <= zip.limit() - 4; at++) {
            if (zip.getInt(at) == signature && left-- == 0) {
                return at;
            }
        }
        throw new AssertionError("no such record");
    }

    private static Map<String, Entry> read(Path path) {
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            return ZipDirectory.read(file);
        }
    }

    private static void refused(Path path, String problem) {
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("x.zip")
                .hasMessageContaining(problem);
    }
}
