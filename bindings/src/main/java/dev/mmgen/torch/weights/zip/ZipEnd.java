package dev.mmgen.torch.weights.zip;

import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;

/**
 * The end record of a zip archive, plain or zip64: where the directory of entries lies.
 *
 * @param disk not 0 if the archive is split over several files
 */
record ZipEnd(int disk, long entries, long directorySize, long directoryOffset) {

    private static final int SIGNATURE = 0x06064b50;
    private static final int BYTES = 56;

    /** Reads the zip64 end record, which must lie at {@code position} and end at {@code end}. */
    static ZipEnd readZip64(FileBytes file, long position, long end) {
        if (position < 0 || position > end - BYTES) {
            throw file.fail("its zip64 directory is not where the archive says it is");
        }
        ByteBuffer record = file.read(position, BYTES, "the zip64 end record");
        long length = record.getLong(4);
        if (record.getInt(0) != SIGNATURE || length != end - position - 12) {
            throw file.fail("its zip64 end record is damaged");
        }
        return new ZipEnd(
                record.getInt(16) | record.getInt(20), record.getLong(32), record.getLong(40), record.getLong(48));
    }

    /** Returns true if a zip64 record may stand behind this plain one: equal wherever this one is not saturated. */
    boolean admits(ZipEnd wide) {
        return (disk == 0xffff || disk == wide.disk)
                && (entries == 0xffff || entries == wide.entries)
                && (directorySize == 0xffffffffL || directorySize == wide.directorySize)
                && (directoryOffset == 0xffffffffL || directoryOffset == wide.directoryOffset);
    }
}
