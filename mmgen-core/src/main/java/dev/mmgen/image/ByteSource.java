package dev.mmgen.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file's bytes as ImageIO wants them. It remembers whether a decoder asked for more than there is: several of
 * ImageIO's decoders fill up a truncated picture with grey and say nothing.
 */
final class ByteSource extends ImageInputStreamImpl {

    private final byte[] bytes;
    private boolean ranOut;

    ByteSource(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean ranOut() {
        return ranOut;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        if (streamPos >= bytes.length) {
            ranOut = true;
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
            ranOut = true;
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
            ranOut = true;
            throw new EOFException();
        }
        super.readFully(target, offset, length);
    }

    @Override
    public long length() {
        return bytes.length;
    }
}
