package dev.mmgen.torch.weights.zip;

import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The entries of a zip archive and where their bytes lie. {@code java.util.zip} reads entries but does not tell their
 * position in the file, which mapping them needs.
 *
 * <p>Both directories must agree: each entry's local header is compared with the central one. Checksums are
 * verified only by who reads an entry whole.
 */
public final class ZipDirectory {

    static final int STORED = 0;
    static final int DEFLATED = 8;

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_LOCATOR_SIGNATURE = 0x07064b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT = 0xffff;
    private static final int MAX_DIRECTORY_BYTES = 64 << 20;
    private static final int ENCRYPTED = 1;
    private static final int SIZES_FOLLOW_DATA = 1 << 3;

    /**
     * One file in the archive.
     *
     * @param offset where its bytes begin in the archive
     * @param storedSize bytes it takes in the archive
     * @param size bytes it has once inflated
     * @param crc CRC-32 of those; 0 from writers that were told to leave it out
     */
    public record Entry(String name, int method, long offset, long storedSize, long size, int crc) {

        /** Returns true if the bytes are compressed. */
        public boolean isDeflated() {
            return method == DEFLATED;
        }

        /**
         * Checks the CRC-32 of all the entry's bytes, inflated.
         *
         * @throws RuntimeException the file's own fault if it is another; not where the writer left it out
         */
        public void requireCrc(FileBytes file, CRC32 found) {
            if (crc != 0 && crc != (int) found.getValue()) {
                throw file.fail(
                        name,
                        "does not have the checksum that the archive keeps for it, so the file is damaged; copy or download it again",
                        null);
            }
        }
    }

    private record Central(
            String name, int flags, int method, long storedSize, long size, int crc, long headerOffset) {}

    private final FileBytes file;

    private ZipDirectory(FileBytes file) {
        this.file = file;
    }

    /**
     * @return the entries by name, in the order of the central directory
     * @throws RuntimeException the file's own fault if the archive is cut off, damaged, encrypted, or contradicts itself
     */
    public static Map<String, Entry> read(FileBytes file) {
        return new ZipDirectory(file).entries();
    }

    private Map<String, Entry> entries() {
        ZipEnd end = findEnd();
        if (end.directorySize() > MAX_DIRECTORY_BYTES) {
            throw fail("its zip directory of " + end.directorySize() + " bytes is larger than any checkpoint needs");
        }
        ByteBuffer directory = file.read(end.directoryOffset(), (int) end.directorySize(), "the zip directory");
        List<Central> centrals = new ArrayList<>();
        while (directory.hasRemaining()) {
            centrals.add(readCentral(directory));
        }
        if (centrals.size() != end.entries()) {
            throw fail("its zip directory has " + centrals.size() + " entries but announces " + end.entries());
        }
        centrals.sort(Comparator.comparingLong(Central::headerOffset));
        Map<String, Entry> entries = new LinkedHashMap<>();
        long free = 0;
        for (Central central : centrals) {
            if (central.headerOffset() < free) {
                throw fail("zip entry '" + central.name() + "' overlaps the one before it");
            }
            Entry entry = locate(central, end.directoryOffset());
            free = entry.offset() + entry.storedSize();
            if (entries.put(entry.name(), entry) != null) {
                throw fail("zip entry '" + entry.name() + "' exists twice");
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    private ZipEnd findEnd() {
        int window = (int) Math.min(file.size(), END_BYTES + MAX_COMMENT);
        ByteBuffer tail = file.read(file.size() - window, window, "the end of the archive");
        for (int at = window - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END_SIGNATURE && at + END_BYTES + unsigned16(tail, at + 20) == window) {
                long position = file.size() - window + at;
                return readEnd(tail.slice(at, END_BYTES).order(tail.order()), position);
            }
        }
        throw fail("is cut off: the zip directory at its end is missing; copy or download it again");
    }

    private ZipEnd readEnd(ByteBuffer record, long position) {
        ZipEnd plain = new ZipEnd(
                unsigned16(record, 4) | unsigned16(record, 6),
                unsigned16(record, 10),
                unsigned32(record, 12),
                unsigned32(record, 16));
        ZipEnd end = plain;
        long directoryEnd = position;
        if (position >= LOCATOR_BYTES) {
            ByteBuffer locator = file.read(position - LOCATOR_BYTES, LOCATOR_BYTES, "the zip64 locator");
            if (locator.getInt(0) == END64_LOCATOR_SIGNATURE) {
                directoryEnd = locator.getLong(8);
                end = ZipEnd.readZip64(file, directoryEnd, position - LOCATOR_BYTES);
            }
        }
        if (!plain.admits(end) || end.disk() != 0) {
            throw fail("its zip directory contradicts itself or belongs to an archive split over several files");
        }
        if (end.directoryOffset() < 0
                || end.directorySize() < 0
                || end.directoryOffset() > directoryEnd
                || directoryEnd - end.directoryOffset() != end.directorySize()) {
            throw fail("its zip directory is not where the archive says it is; copy or download it again");
        }
        return end;
    }

    private Central readCentral(ByteBuffer directory) {
        int start = directory.position();
        if (directory.remaining() < CENTRAL_BYTES || directory.getInt(start) != CENTRAL_SIGNATURE) {
            throw fail("its zip directory is damaged at byte " + start);
        }
        int nameLength = unsigned16(directory, start + 28);
        int extraLength = unsigned16(directory, start + 30);
        int length = CENTRAL_BYTES + nameLength + extraLength + unsigned16(directory, start + 32);
        if (directory.remaining() < length) {
            throw fail("its zip directory is damaged at byte " + start);
        }
        String name = name(directory.slice(start + CENTRAL_BYTES, nameLength));
        Zip64Extra extra = new Zip64Extra(file, name, directory.slice(start + CENTRAL_BYTES + nameLength, extraLength));
        long size = extra.widen(unsigned32(directory, start + 24));
        long storedSize = extra.widen(unsigned32(directory, start + 20));
        long headerOffset = extra.widen(unsigned32(directory, start + 42));
        directory.position(start + length);
        return new Central(
                name,
                unsigned16(directory, start + 8),
                unsigned16(directory, start + 10),
                storedSize,
                size,
                directory.getInt(start + 16),
                headerOffset);
    }

    private Entry locate(Central central, long limit) {
        String name = central.name();
        if (central.headerOffset() > limit - LOCAL_BYTES) {
            throw fail("zip entry '" + name + "' lies outside the archive");
        }
        ByteBuffer header = file.read(central.headerOffset(), LOCAL_BYTES, "the header of zip entry '" + name + "'");
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw fail("zip entry '" + name + "' has no local header; the file is damaged");
        }
        int nameLength = unsigned16(header, 26);
        int extraLength = unsigned16(header, 28);
        long offset = central.headerOffset() + LOCAL_BYTES + nameLength + extraLength;
        if (offset > limit || central.storedSize() > limit - offset) {
            throw fail("zip entry '" + name + "' lies outside the archive");
        }
        ByteBuffer rest =
                file.read(central.headerOffset() + LOCAL_BYTES, nameLength + extraLength, "a zip entry's name");
        int flags = unsigned16(header, 6);
        if (!name(rest.slice(0, nameLength)).equals(name)
                || unsigned16(header, 8) != central.method()
                || flags != central.flags()) {
            throw fail("zip entry '" + name + "' differs from its local header; the file is damaged");
        }
        if ((flags & ENCRYPTED) != 0) {
            throw fail("zip entry '" + name + "' is encrypted");
        }
        if ((flags & SIZES_FOLLOW_DATA) == 0) {
            Zip64Extra extra = new Zip64Extra(file, name, rest.slice(nameLength, extraLength));
            if (extra.widen(unsigned32(header, 22)) != central.size()
                    || extra.widen(unsigned32(header, 18)) != central.storedSize()) {
                throw fail("zip entry '" + name + "' has another size in its local header; the file is damaged");
            }
        }
        if (central.method() == STORED ? central.size() != central.storedSize() : central.method() != DEFLATED) {
            throw fail("zip entry '" + name + "' is stored in a way that this reader does not know (method "
                    + central.method() + ")");
        }
        return new Entry(name, central.method(), offset, central.storedSize(), central.size(), central.crc());
    }

    private String name(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw file.fail("a zip entry's name is not UTF-8", e);
        }
    }

    private RuntimeException fail(String problem) {
        return file.fail(problem);
    }

    static int unsigned16(ByteBuffer bytes, int at) {
        return Short.toUnsignedInt(bytes.getShort(at));
    }

    static long unsigned32(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at));
    }
}
