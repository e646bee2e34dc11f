package dev.mmgen.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A BMP file without its colour profile, for which ImageIO refuses a file if it is damaged.
 *
 * @param decoded the file, which names sRGB as its colour space
 */
record BmpFile(byte[] decoded) implements EncodedPicture {

    private static final int HEADER = 14;
    private static final int CORE_HEADER_BYTES = 12;
    private static final int VERSION_4_BYTES = 108;
    private static final int COMPRESSION_AT = HEADER + 16;
    private static final int COLOUR_SPACE_AT = HEADER + 56;
    private static final int JPEG_INSIDE = 4;
    private static final int PNG_INSIDE = 5;

    /** "sRGB", the low byte first. */
    private static final int SRGB = 0x73524742;

    static BmpFile parse(byte[] file) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < HEADER + CORE_HEADER_BYTES) {
            throw new IOException("the file is truncated");
        }
        int headerBytes = header.getInt(HEADER);
        if (headerBytes == CORE_HEADER_BYTES) {
            RgbImage.byteCount(header.getShort(HEADER + 4) & 0xffff, header.getShort(HEADER + 6) & 0xffff);
            return new BmpFile(file);
        }
        // A negative height says that rows run from top to bottom.
        RgbImage.byteCount(header.getInt(HEADER + 4), Math.abs(header.getInt(HEADER + 8)));
        int compression = header.getInt(COMPRESSION_AT);
        if (compression == JPEG_INSIDE || compression == PNG_INSIDE) {
            throw new IOException("BMP files with a JPEG or PNG file in them are not supported");
        }
        if (headerBytes < VERSION_4_BYTES || file.length < HEADER + VERSION_4_BYTES) {
            return new BmpFile(file);
        }
        byte[] plain = file.clone();
        ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN).putInt(COLOUR_SPACE_AT, SRGB);
        return new BmpFile(plain);
    }
}
