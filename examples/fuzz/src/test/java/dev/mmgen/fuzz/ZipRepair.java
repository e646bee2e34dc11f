package dev.mmgen.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Zip archives whose contents were changed, with their checksums made right again. */
final class ZipRepair {

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;

    private ZipRepair() {}

    /** Returns the archive with the checksum of each stored entry that can still be found. */
    static byte[] repaired(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 46 <= file.length; at++) {
            if (file[at] == 'P' && bytes.getInt(at) == CENTRAL) {
                int header = bytes.getInt(at + 42);
                long length = bytes.getInt(at + 20) & 0xffffffffL;
                if (header >= 0 && header <= file.length - 30 && bytes.getInt(header) == LOCAL) {
                    int data = header
                            + 30
                            + (bytes.getShort(header + 26) & 0xffff)
                            + (bytes.getShort(header + 28) & 0xffff);
                    if (bytes.getShort(at + 10) == 0 && data <= file.length && length <= file.length - data) {
                        CRC32 crc = new CRC32();
                        crc.update(file, data, (int) length);
                        bytes.putInt(at + 16, (int) crc.getValue());
                        bytes.putInt(header + 14, (int) crc.getValue());
                    }
                }
            }
        }
        return file;
    }

    /** Returns the contents of an archive by name; none of a file that is no archive. */
    static Map<String, byte[]> entries(byte[] archive) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try {
            Path file = Files.write(Files.createTempFile("mmgen-seed", ".zip"), archive);
            try (ZipFile zip = new ZipFile(file.toFile())) {
                for (ZipEntry entry : zip.stream().toList()) {
                    entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
                }
            } catch (ZipException _) {
                // Some of the files that must be refused are no archives at all.
            }
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    /** Returns an archive of these entries, stored as torch.save does, of which one has another content. */
    static byte[] archive(Map<String, byte[]> entries, String changed, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                put(zip, entry.getKey(), entry.getKey().equals(changed) ? content : entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
