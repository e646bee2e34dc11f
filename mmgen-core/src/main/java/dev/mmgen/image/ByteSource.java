package dev.mmgen.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A stream over the bytes of a file for ImageIO's decoders. Several of these fill a truncated picture up with grey in
 * silence, so this remembers that a decoder asked for more bytes than there are; and one asks for ever, so this stops it.
 */
final class ByteSource extends ImageInputStreamImpl {

    /** Sound decoders look ahead by some bytes, and those that ask once a row for what is missing ask 65,535 times. */
    private static final int MAX_REQUESTS_PAST_END = 70_000;

    private final byte[] bytes;
    private int requestsPastEnd;

    ByteSource(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns true if a decoder asked for more bytes than there are. */
    boolean ranOut() {
        return requestsPastEnd > 0;
    }

    private void askedPastEnd() throws IOException {
        requestsPastEnd++;
        if (requestsPastEnd > MAX_REQUESTS_PAST_END) {
            // Not an EOFException, which the decoder that this is for takes for zeros.
            throw new IOException("the file is truncated");
        }
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        if (streamPos >= bytes.length) {
            askedPastEnd();
            return -1;
        }
        return bytes[(int) streamPos++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (streamPos >= bytes.length) {
            askedPastEnd();
            return -1;
        }
        int count = (int) Math.min(length, bytes.length - streamPos);
        System.arraycopy(bytes, (int) streamPos, target, offset, count);
        streamPos += count;
        return count;
    }

    @Override
    public void readFully(byte[] target, int offset, int length) throws IOException {
        if (length > bytes.length - streamPos) {
            askedPastEnd();
            throw new EOFException();
        }
        super.readFully(target, offset, length);
    }

    @Override
    public long length() {
        return bytes.length;
    }
}
