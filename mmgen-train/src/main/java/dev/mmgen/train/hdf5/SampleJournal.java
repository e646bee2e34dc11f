package dev.mmgen.train.hdf5;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.train.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The list of the samples in an unfinished file: a line for each, written after the sample itself. A line that was cut off
 * by a crash does not count.
 */
final class SampleJournal implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final Map<String, Long> addresses = new LinkedHashMap<>();
    private long end;

    private SampleJournal(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * @param dataLength of the unfinished file: lines about what lies behind its end do not count
     */
    static SampleJournal open(Path path, long dataLength) throws IOException {
        byte[] content = Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        SampleJournal journal = new SampleJournal(path, channel);
        long valid = 0;
        int start = 0;
        for (int i = 0; i < content.length; i++) {
            if (content[i] == '\n') {
                if (!journal.take(new String(content, start, i - start, StandardCharsets.UTF_8), dataLength)) {
                    break;
                }
                start = i + 1;
                valid = start;
            }
        }
        channel.truncate(valid).position(valid);
        return journal;
    }

    private boolean take(String line, long dataLength) {
        try {
            JsonNode entry = Json.COMPACT.tree(line);
            JsonNode key = entry.get("key");
            long address = entry.path("address").asLong(-1);
            long after = entry.path("end").asLong(-1);
            boolean follows =
                    address >= Math.max(end, Hdf5Layout.SUPERBLOCK_BYTES) && address % 8 == 0 && after > address;
            if (key == null || !key.isTextual() || !follows || after > dataLength + 7) {
                return false;
            }
            end = after;
            return addresses.putIfAbsent(key.asText(), address) == null;
        } catch (JsonException _) {
            return false;
        }
    }

    void add(String key, long address, long after) throws IOException {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("key", key);
        entry.put("address", address);
        entry.put("end", after);
        String text = Json.COMPACT.write(entry) + "\n";
        ByteBuffer line = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        addresses.put(key, address);
        end = after;
    }

    /** Returns the address of each sample's header, in the order of writing. */
    Map<String, Long> addresses() {
        return Collections.unmodifiableMap(addresses);
    }

    /** Returns the address behind the last sample. */
    long end() {
        return end;
    }

    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DataException(path, "cannot be closed: " + FileReason.writing(e), e);
        }
    }
}
