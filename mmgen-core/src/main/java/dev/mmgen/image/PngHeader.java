package dev.mmgen.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * What ImageIO's PNG decoder does not tell or check: the colour type in the file, and the checksum of every chunk.
 *
 * @param colourType 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
 */
record PngHeader(int colourType) {

    private static final int SIGNATURE = 8;
    private static final int LENGTH_TYPE_AND_CRC = 12;
    private static final int COLOUR_TYPE_OFFSET = 13;
    private static final int IHDR = 0x49484452;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;

    /**
     * Walks the file's chunks.
     *
     * @throws IOException if a chunk is cut short or damaged; a missing end mark after the pixels is let pass, as
     *     Pillow does
     */
    static PngHeader parse(byte[] file) throws IOException {
        ByteBuffer chunks = ByteBuffer.wrap(file).position(SIGNATURE);
        ByteBuffer header = nextChunk(chunks);
        if (header.getInt(0) != IHDR || header.limit() <= COLOUR_TYPE_OFFSET) {
            throw new IOException("the header is missing");
        }
        boolean pixels = false;
        while (!pixels || chunks.remaining() >= LENGTH_TYPE_AND_CRC) {
            int type = nextChunk(chunks).getInt(0);
            if (type == IEND) {
                break;
            }
            pixels |= type == IDAT;
        }
        return new PngHeader(header.get(COLOUR_TYPE_OFFSET));
    }

    /** Returns the type and content of the next chunk, having checked them. */
    private static ByteBuffer nextChunk(ByteBuffer chunks) throws IOException {
        int length = chunks.remaining() < LENGTH_TYPE_AND_CRC ? -1 : chunks.getInt();
        if (length < 0 || length > chunks.remaining() - 8) {
            throw new IOException("the file ends early");
        }
        ByteBuffer chunk = chunks.slice(chunks.position(), length + 4);
        chunks.position(chunks.position() + chunk.limit());
        CRC32 crc = new CRC32();
        crc.update(chunk.duplicate());
        if ((int) crc.getValue() != chunks.getInt()) {
            throw new IOException("a checksum does not match");
        }
        return chunk;
    }

    boolean isGreyWithoutAlpha() {
        return colourType == 0;
    }
}
