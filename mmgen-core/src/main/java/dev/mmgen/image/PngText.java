package dev.mmgen.image;

import dev.mmgen.torch.io.FileReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The texts of a PNG file, by keyword: {@code tEXt} chunks where the text is Latin-1, {@code iTXt} chunks, in UTF-8, where it is
 * not (PNG specification, third edition, 11.3.3). Viewers list them as the picture's properties.
 */
public final class PngText {

    private static final int MAX_KEYWORD = 79;
    private static final Pattern KEYWORD = Pattern.compile("[ -~]{1," + MAX_KEYWORD + "}");
    private static final int SIGNATURE = 8;
    private static final int LENGTH_TYPE_AND_CRC = 12;
    private static final int HEADER_END = SIGNATURE + LENGTH_TYPE_AND_CRC + 13;
    private static final String LATIN = "tEXt";
    private static final String UNICODE = "iTXt";

    private PngText() {}

    /**
     * Reads the texts of a file.
     *
     * @return in the order of the file; none of compressed chunks
     * @throws ImageException if the file cannot be read or is not a PNG file
     */
    public static Map<String, String> read(Path file) {
        return read(file.toString(), () -> Files.readAllBytes(file));
    }

    /** Reads the texts of a file's bytes, see {@link #read(Path)}. */
    public static Map<String, String> read(byte[] file) {
        return read("a PNG file", () -> file);
    }

    /** Reads the texts of a file from a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public static Map<String, String> read(InputStream stream) {
        return read("a PNG file", stream::readAllBytes);
    }

    private static Map<String, String> read(String name, ImageFileWriter.Content file) {
        try {
            return parse(file.bytes());
        } catch (IOException e) {
            throw new ImageException("cannot read the texts of " + name + ": " + FileReason.reading(e), e);
        }
    }

    private static Map<String, String> parse(byte[] file) throws IOException {
        if (ImageFormat.ofContent(file).filter(ImageFormat.PNG::equals).isEmpty()) {
            throw new IOException("it is not a PNG file");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        ByteBuffer chunks = ByteBuffer.wrap(file).position(SIGNATURE);
        while (chunks.remaining() >= LENGTH_TYPE_AND_CRC) {
            int length = chunks.getInt();
            if (length < 0 || length > chunks.remaining() - 8) {
                throw new IOException("the file is truncated");
            }
            String type = new String(file, chunks.position(), 4, StandardCharsets.ISO_8859_1);
            int start = chunks.position() + 4;
            byte[] data = Arrays.copyOfRange(file, start, start + length);
            int end = indexOfZero(data, 0);
            if (end > 0 && type.equals(LATIN)) {
                texts.put(latin(data, 0, end), latin(data, end + 1, data.length));
            } else if (end > 0 && type.equals(UNICODE) && end + 2 < data.length && data[end + 1] == 0) {
                int text = indexOfZero(data, indexOfZero(data, end + 3) + 1) + 1;
                // A chunk without all its marks is damaged, and left out as one of an unknown type is.
                if (text <= data.length) {
                    texts.put(latin(data, 0, end), new String(data, text, data.length - text, StandardCharsets.UTF_8));
                }
            }
            chunks.position(start + length + 4);
        }
        return Collections.unmodifiableMap(texts);
    }

    /** Returns the place of the next zero byte; if there is none, that of the last byte. */
    private static int indexOfZero(byte[] data, int from) {
        int at = from;
        while (at < data.length - 1 && data[at] != 0) {
            at++;
        }
        return at;
    }

    private static String latin(byte[] data, int from, int to) {
        return new String(data, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /**
     * Returns a PNG file with texts after its header.
     *
     * @param png   a whole file
     * @param texts by keywords of 1 to 79 printable Latin-1 characters
     * @throws IllegalArgumentException if a keyword is of another kind
     */
    static byte[] insert(byte[] png, Map<String, String> texts) {
        ByteArrayOutputStream file = new ByteArrayOutputStream(png.length + 1024);
        file.write(png, 0, HEADER_END);
        texts.forEach((keyword, text) -> file.writeBytes(chunk(keyword, text)));
        file.write(png, HEADER_END, png.length - HEADER_END);
        return file.toByteArray();
    }

    private static byte[] chunk(String keyword, String text) {
        if (!KEYWORD.matcher(keyword).matches()) {
            throw new IllegalArgumentException("'" + keyword + "' cannot name a text of a PNG file; use 1 to "
                    + MAX_KEYWORD + " printable ASCII characters");
        }
        // A zero would end the text early for readers that take it for C's.
        String clean = text.replace('\0', ' ');
        boolean latin = StandardCharsets.ISO_8859_1.newEncoder().canEncode(clean);
        // iTXt: not compressed, of no language, without a translated keyword.
        String head = keyword + (latin ? "\0" : "\0\0\0\0\0");
        byte[] start = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] data = clean.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        byte[] type = (latin ? LATIN : UNICODE).getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer chunk = ByteBuffer.allocate(LENGTH_TYPE_AND_CRC + start.length + data.length);
        chunk.putInt(start.length + data.length).put(type).put(start).put(data);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, chunk.position() - 4);
        return chunk.putInt((int) crc.getValue()).array();
    }
}
