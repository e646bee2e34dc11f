package dev.mmgen.image;

import dev.mmgen.torch.io.StandIn;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The kinds of files that people take for images that are read here, told by their first bytes. */
final class ForeignFile {

    private static final int HEAD_BYTES = 512;

    /** Formats of images that are not read, by what stands at their beginning. */
    private static final Map<String, String> OTHER_FORMATS = Map.of(
            "II*\0", "a TIFF file",
            "MM\0*", "a TIFF file",
            "%PDF", "a PDF file",
            "8BPS", "a Photoshop file",
            "v/1\u0001", "an OpenEXR file",
            "\u0000\u0000\u0001\u0000", "an icon file");

    private ForeignFile() {}

    /** Returns what the file is and the remedy, for a message. */
    static String of(byte[] file) {
        String head = new String(file, 0, Math.min(file.length, HEAD_BYTES), StandardCharsets.ISO_8859_1);
        String text = head.replace("\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
        if (text.isEmpty()) {
            return "the file is empty; fetch it again";
        }
        Optional<StandIn> standIn = StandIn.of(file);
        if (standIn.isPresent()) {
            return "it is " + standIn.get().describe("the image");
        }
        if (text.startsWith("<svg") || text.startsWith("<?xml") && text.contains("<svg")) {
            return "it is an SVG drawing; export it as PNG";
        }
        if (head.length() >= 12 && head.startsWith("ftyp", 4)) {
            return "it is a HEIC, AVIF or video file; save it as PNG or JPEG";
        }
        return OTHER_FORMATS.entrySet().stream()
                .filter(format -> head.startsWith(format.getKey()))
                .findFirst()
                .map(format -> "it is " + format.getValue() + "; save it as PNG")
                .orElse("it is not a PNG, JPEG, WebP, BMP or GIF file; fetch it again or save it as PNG");
    }
}
