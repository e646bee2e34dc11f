package dev.mmgen.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a JPEG file. Those that do not decide pixels (colour profiles, EXIF, comments) are left out before the
 * decoder sees them: ImageIO refuses files for damage in segments that nobody needs.
 */
final class JpegFile implements EncodedPicture {

    /** More scans than any encoder writes; each costs a walk over the whole picture, however few bytes it has. */
    private static final int MOST_SCANS = 200;

    private static final int SOI = 0xd8;
    private static final int SOS = 0xda;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP14 = 0xee;
    private static final int COMMENT = 0xfe;

    private final byte[] file;
    private final ByteArrayOutputStream decoded;
    private boolean jfif;
    private int adobeTransform = -1;
    private @Nullable JpegFrame frame;
    private byte @Nullable [] exif;

    private JpegFile(byte[] file) {
        this.file = file;
        this.decoded = new ByteArrayOutputStream(file.length);
    }

    /**
     * Walks the file's segments.
     *
     * @throws IOException if it ends before the pixels begin, or has too few bytes for them
     */
    static JpegFile parse(byte[] file) throws IOException {
        JpegFile jpeg = new JpegFile(file);
        jpeg.walk();
        return jpeg;
    }

    private void walk() throws IOException {
        decoded.write(0xff);
        decoded.write(SOI);
        int at = 2;
        while (true) {
            // As libjpeg does: what stands before a marker is passed over.
            while (at + 4 <= file.length && !isMarker(at)) {
                at++;
            }
            if (at + 4 > file.length) {
                throw new IOException("the file is truncated");
            }
            int marker = file[at + 1] & 0xff;
            int start = at + 4;
            int end = at + 2 + unsigned16(at + 2);
            if (end < start || end > file.length) {
                throw new IOException("the file is truncated");
            }
            read(marker, start, end);
            if (marker == SOS) {
                requireEnough(file.length - at);
                decoded.write(file, at, file.length - at);
                return;
            }
            if (decidesPixels(marker, start, end)) {
                decoded.write(file, at, end - at);
            }
            at = end;
        }
    }

    private boolean isMarker(int at) {
        int code = file[at + 1] & 0xff;
        return (file[at] & 0xff) == 0xff && code != 0 && code != 0xff;
    }

    private void read(int marker, int start, int end) throws IOException {
        if (marker == APP0 && starts(start, end, "JFIF\0")) {
            jfif = true;
        } else if (isAdobe(marker, start, end)) {
            adobeTransform = file[start + 11] & 0xff;
        } else if (marker == APP1 && exif == null && starts(start, end, "Exif\0\0")) {
            exif = Arrays.copyOfRange(file, start + 6, end);
        } else if (frame == null && isFrame(marker)) {
            frame = JpegFrame.parse(file, start, end);
            RgbImage.byteCount(frame.width(), frame.height());
        }
    }

    private boolean isAdobe(int marker, int start, int end) {
        return marker == APP14 && end - start >= 12 && starts(start, end, "Adobe");
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private boolean decidesPixels(int marker, int start, int end) {
        boolean application = marker >= APP0 && marker <= 0xef;
        return marker == APP0 && starts(start, end, "JFIF\0")
                || isAdobe(marker, start, end)
                || !application && marker != COMMENT;
    }

    private boolean starts(int start, int end, String name) {
        byte[] expected = name.getBytes(StandardCharsets.ISO_8859_1);
        return end - start >= expected.length
                && Arrays.equals(file, start, start + expected.length, expected, 0, expected.length);
    }

    private int unsigned16(int at) {
        return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
    }

    /** A block of 8 × 8 takes at least one bit. */
    private void requireEnough(int pixelBytes) throws IOException {
        if (frame().blocks() / 8 > pixelBytes) {
            throw new IOException("the file is truncated");
        }
        int scans = 0;
        for (int at = file.length - pixelBytes; at + 1 < file.length; at++) {
            if (file[at] == (byte) 0xff && file[at + 1] == (byte) SOS && ++scans > MOST_SCANS) {
                throw new IOException("it has over " + MOST_SCANS + " scans");
            }
        }
    }

    @Override
    public byte[] decoded() {
        return decoded.toByteArray();
    }

    JpegFrame frame() throws IOException {
        if (frame == null) {
            throw new IOException("the header is damaged");
        }
        return frame;
    }

    @Override
    public byte @Nullable [] exif() {
        return exif;
    }

    /** Returns what the components mean, by the rules of libjpeg's {@code default_decompress_parms}. */
    JpegColours colours() throws IOException {
        String ids = frame().ids();
        return switch (ids.length()) {
            case 1 -> JpegColours.GREY;
            case 3 -> {
                boolean rgb = !jfif && (adobeTransform >= 0 ? adobeTransform == 0 : "RGB".equals(ids));
                yield rgb ? JpegColours.RGB : JpegColours.YCC;
            }
            case 4 -> adobeTransform == 2 ? JpegColours.YCCK : JpegColours.CMYK;
            default -> throw new IOException("JPEG files of " + ids.length() + " components are not supported");
        };
    }
}
