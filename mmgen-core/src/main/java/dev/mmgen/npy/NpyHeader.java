package dev.mmgen.npy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of an array in NumPy's format (NEP 1): magic bytes, a version and a Python dictionary. Read alone, it lets a
 * program take the elements from the stream piece by piece.
 *
 * @param type         of the elements
 * @param fortranOrder true if the first index varies fastest
 * @param shape        the sizes of the dimensions; none for a single number
 */
public record NpyHeader(NpyType type, boolean fortranOrder, List<Long> shape) {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int MAX_TEXT = 65535;
    private static final int MAX_RANK = 32;
    /** NumPy leaves room for the first size to grow to this many digits without moving the elements. */
    private static final int GROWTH_DIGITS = 21;

    private static final Pattern ENTRY =
            Pattern.compile("\\s*'(\\w+)'\\s*:\\s*('[^']*'|True|False|\\([\\d\\s,]*\\))\\s*");
    private static final Pattern SHAPE = Pattern.compile("\\(\\s*|\\s*,\\s*|\\s*\\)");

    /**
     * @throws IllegalArgumentException if a size is negative or there are more than 32 dimensions
     */
    public NpyHeader {
        shape = List.copyOf(shape);
        if (shape.size() > MAX_RANK || shape.stream().anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException("the shape " + shape
                    + " of an array needs sizes of at least 0 and at most " + MAX_RANK + " dimensions");
        }
    }

    /**
     * Returns the length of the elements in bytes.
     *
     * @throws ArithmeticException if it does not fit in 63 bits
     */
    public long bytes() {
        return shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
    }

    /** Returns the header as NumPy 2 writes it, version 1.0, padded so that the elements start at a multiple of 64. */
    byte[] toBytes() {
        String sizes = shape.size() == 1
                ? "(" + shape.getFirst() + ",)"
                : shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
        String text = "{'descr': '" + type.descr() + "', 'fortran_order': " + (fortranOrder ? "True" : "False")
                + ", 'shape': " + sizes + ", }";
        if (!shape.isEmpty()) {
            text += " "
                    .repeat(GROWTH_DIGITS
                            - shape.get(fortranOrder ? shape.size() - 1 : 0)
                                    .toString()
                                    .length());
        }
        int before = MAGIC.length + 4;
        text += " ".repeat(ALIGNMENT - (before + text.length() + 1) % ALIGNMENT) + "\n";
        return ByteBuffer.allocate(before + text.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) text.length())
                .put(text.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /**
     * Reads a header of version 1 to 3 and leaves the stream at the first element.
     *
     * @throws IOException if the stream ends early, or it is not such a header
     */
    public static NpyHeader read(InputStream in) throws IOException {
        byte[] start = in.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2 || !Arrays.equals(Arrays.copyOf(start, MAGIC.length), MAGIC)) {
            throw new IOException("not a .npy array: the magic bytes \\x93NUMPY are missing");
        }
        int version = start[MAGIC.length];
        if (version < 1 || version > 3) {
            throw new IOException("version " + version + " of the .npy format is not supported, only versions 1 to 3");
        }
        byte[] lengthBytes = in.readNBytes(version == 1 ? 2 : 4);
        long length = 0;
        for (int i = lengthBytes.length - 1; i >= 0; i--) {
            length = length << 8 | lengthBytes[i] & 0xff;
        }
        if (length > MAX_TEXT) {
            throw new IOException("an array header of " + length + " bytes is over the limit of " + MAX_TEXT);
        }
        byte[] text = in.readNBytes((int) length);
        if (lengthBytes.length < (version == 1 ? 2 : 4) || text.length < length) {
            throw new IOException("the data end within the array's header");
        }
        return parse(new String(text, StandardCharsets.UTF_8));
    }

    private static NpyHeader parse(String text) throws IOException {
        Map<String, String> entries = entries(text.strip());
        String descr = entries.getOrDefault("descr", "");
        String order = entries.getOrDefault("fortran_order", "");
        String shape = entries.getOrDefault("shape", "");
        if (entries.size() != 3
                || !descr.startsWith("'")
                || !(order.equals("True") || order.equals("False"))
                || !shape.startsWith("(")) {
            throw malformed(text);
        }
        NpyType type = NpyType.ofDescr(descr.substring(1, descr.length() - 1));
        try {
            NpyHeader header = new NpyHeader(type, order.equals("True"), sizes(shape));
            header.bytes();
            return header;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IOException("not a possible shape of an array: " + abbreviated(shape), e);
        }
    }

    private static Map<String, String> entries(String text) throws IOException {
        if (text.length() < 2 || !text.startsWith("{") || !text.endsWith("}")) {
            throw malformed(text);
        }
        Map<String, String> entries = new HashMap<>();
        Matcher matcher = ENTRY.matcher(text);
        int end = text.length() - 1;
        int at = 1;
        while (at < end && !text.substring(at, end).isBlank()) {
            matcher.region(at, end);
            if (!matcher.lookingAt() || entries.put(matcher.group(1), matcher.group(2)) != null) {
                throw malformed(text);
            }
            at = matcher.end();
            if (at < end && text.charAt(at++) != ',') {
                throw malformed(text);
            }
        }
        return entries;
    }

    private static List<Long> sizes(String tuple) {
        List<Long> sizes = new ArrayList<>();
        for (String size : SHAPE.split(tuple)) {
            if (!size.isEmpty()) {
                sizes.add(Long.parseLong(size));
            }
        }
        return sizes;
    }

    private static IOException malformed(String text) {
        return new IOException(
                "the array's header must be a dictionary of 'descr', 'fortran_order' and 'shape' with plain"
                        + " values, but is " + abbreviated(text));
    }

    private static String abbreviated(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
