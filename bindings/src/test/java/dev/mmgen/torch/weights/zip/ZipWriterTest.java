package dev.mmgen.torch.weights.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipWriterTest {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();
    private static final byte[] TAIL = "tail".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    /** Contents of an archive that may fail to be written. */
    private interface Archive {
        void writeTo(ZipWriter zip) throws IOException;
    }

    @ParameterizedTest
    @ValueSource(longs = {0xfffffffeL, 0xffffffffL, 5L << 30})
    void entriesAroundAndBeyondFourGigabytes(long size) throws IOException {
        CRC32 expected = new CRC32();
        Path path = write(zip -> {
            zip.add("m/first", TAIL);
            zip.add("m/large", size, out -> writeZeros(out, size, expected));
            zip.add("m/last", TAIL);
        });

        try (FileBytes file = FileBytes.open(path, WeightFileException::new);
                ZipFile other = new ZipFile(path.toFile())) {
            Map<String, Entry> entries = ZipDirectory.read(file);
            assertThat(entries.keySet()).containsExactly("m/first", "m/large", "m/last");
            assertThat(entries.get("m/large").size()).isEqualTo(size);
            for (Entry entry : entries.values()) {
                assertThat(entry.offset() % 64).as(entry.name()).isZero();
            }
            Entry last = entries.get("m/last");
            assertThat(last.offset()).isGreaterThan(size);
            assertThat(file.read(last.offset(), TAIL.length, "tail").array()).isEqualTo(TAIL);

            ZipEntry large = other.getEntry("m/large");
            assertThat(large.getSize()).isEqualTo(size);
            assertThat(large.getCrc()).isEqualTo(expected.getValue());
            assertThat(other.getInputStream(other.getEntry("m/last")).readAllBytes())
                    .isEqualTo(TAIL);
        }
    }

    @Test
    void moreEntriesAreWrittenThanAPlainDirectoryCanCount() throws IOException {
        int count = 65_536;
        Path path = write(zip -> {
            for (int i = 0; i < count; i++) {
                zip.add("m/" + i, new byte[0]);
            }
        });

        try (FileBytes file = FileBytes.open(path, WeightFileException::new);
                ZipFile other = new ZipFile(path.toFile())) {
            assertThat(ZipDirectory.read(file)).hasSize(count);
            assertThat(other.size()).isEqualTo(count);
        }
    }

    @Test
    void alignmentHoldsForNamesOfEveryLength() throws IOException {
        Path path = write(zip -> {
            for (int length = 1; length <= 130; length++) {
                zip.add("n".repeat(length), new byte[length]);
            }
        });

        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            Map<String, Entry> entries = ZipDirectory.read(file);
            assertThat(entries).hasSize(130);
            assertThat(entries.values())
                    .allMatch(entry -> entry.offset() % 64 == 0
                            && entry.size() == entry.name().length());
        }
    }

    @Test
    void anEntryMustHaveTheSizeThatWasAnnounced() {
        assertThatThrownBy(() -> write(zip -> zip.add("m/x", 5, out -> out.write(ByteBuffer.wrap(TAIL)))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'m/x' of 5 bytes got 4");
    }

    private Path write(Archive archive) throws IOException {
        Path path = folder.resolve("x.zip");
        try (FileChannel file = FileChannel.open(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
                SeekableByteChannel sparse = new SparseChannel(file)) {
            ZipWriter zip = new ZipWriter(sparse);
            archive.writeTo(zip);
            zip.finish();
        }
        return path;
    }

    private static void writeZeros(WritableByteChannel out, long size, CRC32 crc) throws IOException {
        for (long left = size; left > 0; left -= ZEROS.capacity()) {
            int count = (int) Math.min(left, ZEROS.capacity());
            crc.update(ZEROS.slice(0, count));
            AtomicFile.writeFully(out, ZEROS.slice(0, count));
        }
    }

    /** Leaves a hole in the file where zeros are written. */
    private record SparseChannel(FileChannel file) implements SeekableByteChannel {

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            if (count > ZEROS.capacity() || !bytes.equals(ZEROS.slice(0, count))) {
                return file.write(bytes);
            }
            bytes.position(bytes.limit());
            file.position(file.position() + count);
            return count;
        }

        @Override
        public int read(ByteBuffer bytes) {
            throw new UnsupportedOperationException("only written");
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public SeekableByteChannel position(long position) throws IOException {
            file.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException("only written");
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() {
            // The file is closed by whoever opened it.
        }
    }
}
