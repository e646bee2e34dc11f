package dev.mmgen.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** A maker of damaged files from sound ones: bytes, numbers and words changed, pieces cut, repeated and moved between files. */
final class Mutator {

    /** Longer files only cost time. */
    private static final int LONGEST = 1 << 18;

    private static final int MOST_CHANGES = 8;

    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        63,
        64,
        65,
        127,
        128,
        255,
        256,
        512,
        1023,
        4096,
        32767,
        32768,
        65535,
        65536,
        1 << 20,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 40,
        1L << 48,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -8,
        -1024,
        Integer.MIN_VALUE
    };

    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "2",
            "3",
            "64",
            "1000",
            "65536",
            "2147483647",
            "2147483648",
            "-2147483649",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "1e308",
            "1e999",
            "-0.0",
            "0.1",
            "NaN",
            "Infinity",
            "1e-320",
            "99999999999999999999999999",
            "null",
            "true",
            "\"\"",
            "[]",
            "{}",
            "[[]]");

    private final List<byte[]> seeds;
    private final List<byte[]> words;

    Mutator(List<byte[]> seeds, List<String> words) {
        this.seeds = seeds;
        this.words = words.stream()
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    byte[] draw(RandomGenerator random) {
        byte[] file = pick(seeds, random).clone();
        // One change in half of the files, two in a quarter, and so on: what is damaged much does not get far.
        int changes = 1 + Integer.numberOfTrailingZeros(random.nextInt() | 1 << MOST_CHANGES);
        for (int i = 0; i < changes; i++) {
            file = changed(file, random);
        }
        return file.length > LONGEST ? Arrays.copyOf(file, LONGEST) : file;
    }

    private byte[] changed(byte[] file, RandomGenerator random) {
        if (file.length == 0) {
            return inserted(file, 0, bytes(random, 8));
        }
        int at = random.nextInt(file.length);
        return switch (random.nextInt(14)) {
            case 0 -> with(file, at, (byte) (file[at] ^ 1 << random.nextInt(8)));
            case 1 -> with(file, at, (byte) random.nextInt());
            case 2 -> with(file, at, (byte) (file[at] + random.nextInt(-4, 5)));
            case 3, 4 -> edge(file, at, random);
            case 5 -> cut(file, at, length(file, at, random));
            case 6 -> Arrays.copyOf(file, at);
            case 7 -> inserted(file, at, Arrays.copyOfRange(file, at, at + length(file, at, random)));
            case 8 -> inserted(file, at, bytes(random, 1 + random.nextInt(16)));
            case 9 -> overwritten(file, random.nextInt(file.length), piece(file, random));
            case 10 -> spliced(file, at, pick(seeds, random), random);
            case 11 -> number(file, at, random);
            case 12 -> words.isEmpty() ? edge(file, at, random) : overwritten(file, at, pick(words, random));
            default -> words.isEmpty() ? number(file, at, random) : inserted(file, at, pick(words, random));
        };
    }

    static byte[] pick(List<byte[]> items, RandomGenerator random) {
        return items.get(random.nextInt(items.size()));
    }

    private static byte[] with(byte[] file, int at, byte value) {
        file[at] = value;
        return file;
    }

    /** Puts a number at the edge of something where a field may be. */
    private static byte[] edge(byte[] file, int at, RandomGenerator random) {
        long value = EDGES[random.nextInt(EDGES.length)];
        if (random.nextInt(4) == 0) {
            value = file.length + random.nextInt(-9, 10);
        }
        ByteBuffer field =
                ByteBuffer.wrap(file).order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int room = file.length - at;
        int width = 1 << random.nextInt(4);
        if (width == 1 || room < width) {
            field.put(at, (byte) value);
        } else if (width == 2) {
            field.putShort(at, (short) value);
        } else if (width == 4) {
            field.putInt(at, (int) value);
        } else {
            field.putLong(at, value);
        }
        return file;
    }

    /** Replaces the decimal number that follows, as JSON and the headers of arrays have them. */
    private static byte[] number(byte[] file, int at, RandomGenerator random) {
        int start = at;
        while (start < file.length && !isDigit(file[start])) {
            start++;
        }
        int end = start;
        while (end < file.length && isDigit(file[end])) {
            end++;
        }
        String number = NUMBERS.get(random.nextInt(NUMBERS.size()));
        return inserted(cut(file, start, end - start), start, number.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int length(byte[] file, int at, RandomGenerator random) {
        int room = file.length - at;
        return 1 + random.nextInt(random.nextInt(4) == 0 ? room : Math.min(room, 16));
    }

    private static byte[] bytes(RandomGenerator random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] piece(byte[] file, RandomGenerator random) {
        int from = random.nextInt(file.length);
        return Arrays.copyOfRange(file, from, from + length(file, from, random));
    }

    private static byte[] overwritten(byte[] file, int at, byte[] piece) {
        System.arraycopy(piece, 0, file, at, Math.min(piece.length, file.length - at));
        return file;
    }

    private static byte[] cut(byte[] file, int at, int length) {
        byte[] shorter = Arrays.copyOf(file, file.length - length);
        System.arraycopy(file, at + length, shorter, at, shorter.length - at);
        return shorter;
    }

    private static byte[] inserted(byte[] file, int at, byte[] piece) {
        byte[] longer = Arrays.copyOf(file, file.length + piece.length);
        System.arraycopy(piece, 0, longer, at, piece.length);
        System.arraycopy(file, at, longer, at + piece.length, file.length - at);
        return longer;
    }

    private static byte[] spliced(byte[] file, int at, byte[] other, RandomGenerator random) {
        if (other.length == 0) {
            return file;
        }
        byte[] end = Arrays.copyOfRange(other, random.nextInt(other.length), other.length);
        return inserted(Arrays.copyOf(file, at), at, end);
    }
}
