package dev.mmgen.train.hdf5;

import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.Filter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * The filter Fletcher32 of HDF5: four bytes behind a chunk, checked and taken off, as {@code H5Zfletcher32.c} does. jhdf's
 * own leaves them on the data unchecked, which LZF before it cannot read.
 */
final class Fletcher32Filter implements Filter {

    private static final int ID = 3;

    /** So many words can be added before a sum of 32 bits overflows. */
    private static final int WORDS_PER_FOLD = 360;

    @Override
    public int getId() {
        return ID;
    }

    @Override
    public String getName() {
        return "fletcher32";
    }

    /**
     * Returns the data without their checksum.
     *
     * @throws HdfFilterException if the checksum is not theirs
     */
    @Override
    public byte[] decode(byte[] encoded, int[] settings) {
        int length = encoded.length - Integer.BYTES;
        if (length < 0) {
            throw new HdfFilterException(
                    "a chunk of " + encoded.length + " bytes is too short for a Fletcher32 checksum");
        }
        int stored = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN).getInt(length);
        int sum = checksum(encoded, length);
        if (stored != sum && stored != swapped(sum)) {
            throw new HdfFilterException(String.format(
                    Locale.ROOT,
                    "the Fletcher32 checksum of a chunk is %08x, but %08x is stored: the data have changed",
                    sum,
                    stored));
        }
        return Arrays.copyOf(encoded, length);
    }

    static int checksum(byte[] data, int length) {
        int first = 0;
        int second = 0;
        int words = 0;
        for (int i = 0; i < length; i += 2) {
            first += (data[i] & 0xff) << 8 | (i + 1 < length ? data[i + 1] & 0xff : 0);
            second += first;
            if (++words % WORDS_PER_FOLD == 0) {
                first = fold(first);
                second = fold(second);
            }
        }
        return fold(fold(second)) << 16 | fold(fold(first));
    }

    private static int fold(int sum) {
        return (sum & 0xffff) + (sum >>> 16);
    }

    /** HDF5 before 1.6.3 wrote the bytes of each half in the other order. */
    private static int swapped(int sum) {
        return (sum & 0xff00ff) << 8 | sum >>> 8 & 0xff00ff;
    }
}
