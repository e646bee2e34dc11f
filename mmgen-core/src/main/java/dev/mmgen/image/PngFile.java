package dev.mmgen.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a PNG file that decide its pixels. Others (colour profiles, texts) are left out before the decoder sees
 * them, so that damage in them does not matter; ImageIO checks no checksums, so these are checked here.
 *
 * @param decoded the file with nothing but its header, palette, transparency and pixels
 * @param width in pixels
 * @param height in pixels
 * @param colourType 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
 * @param exif the EXIF block, if there is one
 */
record PngFile(byte[] decoded, int width, int height, int colourType, byte @Nullable [] exif)
        implements EncodedPicture {

    /** Deflate packs at most 1,032 bytes into one. */
    private static final long MOST_PACKED = 1032;

    private static final int SIGNATURE = 8;
    private static final int LENGTH_TYPE_AND_CRC = 12;
    private static final int HEADER_BYTES = 13;
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int TRNS = 0x74524e53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;
    private static final int EXIF = 0x65584966;

    /**
     * Walks the file's chunks.
     *
     * @throws ImageException if it claims too many pixels
     * @throws IOException if a chunk is cut short, one that decides pixels is damaged, or there are too few bytes for the
     *     pixels; a missing end mark after the pixels is let pass, as Pillow does
     */
    static PngFile parse(byte[] file) throws IOException {
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(file.length);
        decoded.write(file, 0, SIGNATURE);
        ByteBuffer chunks = ByteBuffer.wrap(file).position(SIGNATURE);
        ByteBuffer header = nextChunk(chunks, decoded);
        if (header.getInt(0) != IHDR || header.limit() < 4 + HEADER_BYTES) {
            throw new IOException("the header is missing");
        }
        RgbImage.byteCount(header.getInt(4), header.getInt(8));
        long pixelBytes = 0;
        byte[] exif = null;
        for (int type = IHDR; type != IEND && (pixelBytes == 0 || chunks.remaining() >= LENGTH_TYPE_AND_CRC); ) {
            ByteBuffer chunk = nextChunk(chunks, decoded);
            type = chunk.getInt();
            if (type == IDAT) {
                pixelBytes += chunk.remaining();
            } else if (type == EXIF) {
                exif = new byte[chunk.remaining()];
                chunk.get(exif);
            }
        }
        PngFile png = new PngFile(decoded.toByteArray(), header.getInt(4), header.getInt(8), header.get(13), exif);
        png.requireEnough(pixelBytes, header.get(12));
        return png;
    }

    /** Returns the type and content of the next chunk, having checked and kept it if it decides pixels. */
    private static ByteBuffer nextChunk(ByteBuffer chunks, ByteArrayOutputStream decoded) throws IOException {
        int start = chunks.position();
        int length = chunks.remaining() < LENGTH_TYPE_AND_CRC ? -1 : chunks.getInt();
        if (length < 0 || length > chunks.remaining() - 8) {
            throw new IOException("the file is truncated");
        }
        ByteBuffer chunk = chunks.slice(chunks.position(), length + 4);
        chunks.position(chunks.position() + chunk.limit());
        int expected = chunks.getInt();
        if (decidesPixels(chunk.getInt(0))) {
            CRC32 crc = new CRC32();
            crc.update(chunk.duplicate());
            if ((int) crc.getValue() != expected) {
                throw new IOException("a checksum does not match");
            }
            decoded.write(chunks.array(), start, length + LENGTH_TYPE_AND_CRC);
        }
        return chunk;
    }

    private static boolean decidesPixels(int type) {
        return type == IHDR || type == PLTE || type == TRNS || type == IDAT || type == IEND;
    }

    private void requireEnough(long pixelBytes, int bitDepth) throws IOException {
        int channels = colourType == 2 ? 3 : colourType == 4 ? 2 : colourType == 6 ? 4 : 1;
        long row = ((long) width * channels * bitDepth + 7) / 8;
        if (row * height / MOST_PACKED > pixelBytes) {
            throw new IOException("the file is truncated");
        }
    }

    boolean isGreyWithoutAlpha() {
        return colourType == 0;
    }
}
