package dev.mmgen.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first picture of a WebP file and its place on the canvas. The decoder gets a file of this picture alone: it knows
 * no canvas, and colour profiles would only stop it.
 *
 * @param decoded a WebP file of the picture alone
 * @param place of the picture on the canvas
 * @param exif the EXIF block, if there is one
 */
record WebpFile(byte[] decoded, Canvas place, byte @Nullable [] exif) implements EncodedPicture {

    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int FRAME_HEADER = 16;
    private static final int ALPHA_FLAG = 0x10;

    /** A chunk's name and content; content is a view. */
    private record Chunk(String name, ByteBuffer content) {}

    /**
     * Finds the first picture.
     *
     * @throws IOException if a chunk is cut short or there is no picture
     */
    static WebpFile parse(byte[] file) throws IOException {
        ByteBuffer riff = little(ByteBuffer.wrap(file));
        long length = (riff.getInt(4) & 0xffffffffL) + CHUNK_HEADER;
        if (length > file.length) {
            throw new IOException("the file is truncated");
        }
        List<Chunk> chunks = chunks(little(riff.slice(RIFF_HEADER, (int) length - RIFF_HEADER)));
        Chunk extended = find(chunks, "VP8X");
        Chunk exif = find(chunks, "EXIF");
        byte[] exifBytes = exif == null ? null : bytes(exif.content());
        Chunk frame = find(chunks, "ANMF");
        if (extended == null) {
            return still(chunks, exifBytes);
        }
        int canvasWidth = 1 + unsigned24(extended.content(), 4);
        int canvasHeight = 1 + unsigned24(extended.content(), 7);
        if (frame == null) {
            return still(chunks, exifBytes).on(canvasWidth, canvasHeight, 0, 0);
        }
        ByteBuffer content = frame.content();
        int left = 2 * unsigned24(content, 0);
        int top = 2 * unsigned24(content, 3);
        List<Chunk> inner = chunks(little(content.slice(FRAME_HEADER, content.limit() - FRAME_HEADER)));
        return still(inner, exifBytes).on(canvasWidth, canvasHeight, left, top);
    }

    private WebpFile on(int canvasWidth, int canvasHeight, int left, int top) throws IOException {
        RgbImage.byteCount(canvasWidth, canvasHeight);
        Canvas canvas = new Canvas(canvasWidth, canvasHeight, left, top);
        if (!canvas.holds(place.width(), place.height())) {
            throw new IOException("the picture lies outside of its canvas");
        }
        return new WebpFile(decoded, canvas, exif);
    }

    private static WebpFile still(List<Chunk> chunks, byte @Nullable [] exif) throws IOException {
        Chunk lossless = find(chunks, "VP8L");
        if (lossless != null) {
            int bits = lossless.content().getInt(1);
            Canvas size = wholeCanvas(1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff));
            return new WebpFile(riff(List.of(lossless)), size, exif);
        }
        Chunk lossy = find(chunks, "VP8 ");
        if (lossy == null) {
            throw new IOException("there is no picture in it");
        }
        int width = lossy.content().getShort(6) & 0x3fff;
        int height = lossy.content().getShort(8) & 0x3fff;
        Chunk alpha = find(chunks, "ALPH");
        List<Chunk> kept = alpha == null ? List.of(lossy) : List.of(extended(width, height), alpha, lossy);
        return new WebpFile(riff(kept), wholeCanvas(width, height), exif);
    }

    private static Canvas wholeCanvas(int width, int height) {
        RgbImage.byteCount(width, height);
        return new Canvas(width, height, 0, 0);
    }

    private static Chunk extended(int width, int height) {
        ByteBuffer content = little(ByteBuffer.allocate(10));
        content.put(0, (byte) ALPHA_FLAG);
        content.putInt(4, width - 1);
        content.putInt(6, (height - 1) << 8 | content.get(6) & 0xff);
        return new Chunk("VP8X", content);
    }

    private static List<Chunk> chunks(ByteBuffer bytes) throws IOException {
        List<Chunk> chunks = new ArrayList<>();
        while (bytes.remaining() >= CHUNK_HEADER) {
            byte[] name = new byte[4];
            bytes.get(name);
            long length = bytes.getInt() & 0xffffffffL;
            if (length > bytes.remaining()) {
                throw new IOException("the file is truncated");
            }
            ByteBuffer content = little(bytes.slice(bytes.position(), (int) length));
            chunks.add(new Chunk(new String(name, StandardCharsets.ISO_8859_1), content));
            bytes.position(Math.min(bytes.limit(), bytes.position() + (int) (length + (length & 1))));
        }
        return chunks;
    }

    private static @Nullable Chunk find(List<Chunk> chunks, String name) {
        return chunks.stream()
                .filter(chunk -> chunk.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static byte[] riff(List<Chunk> chunks) {
        int length = 4;
        for (Chunk chunk : chunks) {
            int content = chunk.content().limit();
            length += CHUNK_HEADER + content + (content & 1);
        }
        ByteBuffer file = little(ByteBuffer.allocate(CHUNK_HEADER + length));
        file.put(ascii("RIFF")).putInt(length).put(ascii("WEBP"));
        for (Chunk chunk : chunks) {
            ByteBuffer content = chunk.content().duplicate();
            file.put(ascii(chunk.name())).putInt(content.limit()).put(content);
            file.position(file.position() + (content.limit() & 1));
        }
        return file.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] bytes = new byte[content.limit()];
        content.get(0, bytes);
        return bytes;
    }

    private static int unsigned24(ByteBuffer content, int at) {
        return content.getShort(at) & 0xffff | (content.get(at + 2) & 0xff) << 16;
    }

    private static ByteBuffer little(ByteBuffer bytes) {
        return bytes.order(ByteOrder.LITTLE_ENDIAN);
    }
}
