package dev.mmgen.torch.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Builds files in the layout of torch.save from hand-made pickles. */
public final class TorchFileBuilder {

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private boolean deflated;

    public TorchFileBuilder() {
        code(0x80, 2);
    }

    /** Appends opcodes and operands, one byte each. */
    public TorchFileBuilder code(int... bytes) {
        for (int value : bytes) {
            pickle.write(value);
        }
        return this;
    }

    /** Appends characters of Latin-1 as bytes. */
    public TorchFileBuilder code(String text) {
        pickle.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Appends a text of up to 255 bytes. */
    public TorchFileBuilder text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        code('X', bytes.length, 0, 0, 0);
        pickle.writeBytes(bytes);
        return this;
    }

    public TorchFileBuilder number(int value) {
        return code('J', value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24 & 255);
    }

    /** Appends a reference to a storage of floats. */
    public TorchFileBuilder floatStorage(String key, int elements) {
        return code("(")
                .text("storage")
                .code("ctorch\nFloatStorage\n")
                .text(key)
                .text("cpu")
                .number(elements)
                .code("tQ");
    }

    /** The place of a tensor of one dimension in its storage, in elements. */
    public record View(int size, int stride, int offset) {}

    /** Appends a tensor of floats with one dimension. */
    public TorchFileBuilder floatVector(String key, int storageElements, View view) {
        return code("ctorch._utils\n_rebuild_tensor_v2\n(")
                .floatStorage(key, storageElements)
                .number(view.offset)
                .number(view.size)
                .code(0x85)
                .number(view.stride)
                .code(0x85)
                .code(0x89)
                .code("ccollections\nOrderedDict\n)R")
                .code("tR");
    }

    public TorchFileBuilder entry(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    /** Compresses the entries, which torch.save never does. */
    public TorchFileBuilder deflated() {
        deflated = true;
        return this;
    }

    /** Writes the file; the pickle is ended with a STOP. */
    public Path write(Path path) {
        code(".");
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put("data.pkl", pickle.toByteArray());
        all.putAll(entries);
        return write(path, "archive/", all, deflated);
    }

    public static Path write(Path path, String folder, Map<String, byte[]> entries, boolean deflated) {
        long position = 0;
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry head = new ZipEntry(folder + entry.getKey());
                if (!deflated) {
                    CRC32 crc = new CRC32();
                    crc.update(entry.getValue());
                    head.setMethod(ZipEntry.STORED);
                    head.setSize(entry.getValue().length);
                    head.setCrc(crc.getValue());
                    position = align(head, position);
                }
                zip.putNextEntry(head);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return path;
    }

    /** Pads the header of a stored entry, as torch.save does, so that its bytes begin at a multiple of 64. */
    private static long align(ZipEntry head, long position) {
        int fixed = 30 + head.getName().getBytes(StandardCharsets.UTF_8).length + 4;
        int padding = (int) -Math.floorMod(position + fixed, 64L) & 63;
        ByteBuffer extra = ByteBuffer.allocate(4 + padding).order(ByteOrder.LITTLE_ENDIAN);
        extra.putShort((short) 0x4246).putShort((short) padding);
        head.setExtra(extra.array());
        return position + fixed + padding + head.getSize();
    }
}
