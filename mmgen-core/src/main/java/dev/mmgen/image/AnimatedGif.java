package dev.mmgen.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** An animation that repeats for ever: a GIF file of up to 256 colours per picture. */
public final class AnimatedGif {

    private static final int HUNDREDTH = 10;
    private static final int LONGEST = 655_350;

    /** The application block that all viewers know: 1, then how often to repeat, 0 for ever. */
    private static final byte[] FOR_EVER = {1, 0, 0};

    private AnimatedGif() {}

    /**
     * Writes a file whose name ends in {@code .gif}. It appears whole or not at all; missing folders are made.
     *
     * @param pictures of one size, at least one
     * @param milliseconds for each, from 10 to 655,350; rounded down to hundredths of a second
     * @throws IllegalArgumentException if there is no picture, sizes differ, or the time is out of range
     * @throws ImageException if the file cannot be written or its name ends otherwise
     */
    public static void write(List<RgbImage> pictures, int milliseconds, Path file) {
        require(pictures, milliseconds);
        if (!String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".gif")) {
            throw new ImageException("cannot write animation " + file + ": let the name end in .gif");
        }
        ImageFileWriter.writeWhole(file, () -> encode(pictures, milliseconds));
    }

    /**
     * Writes to a stream, which the caller closes.
     *
     * @throws ImageException if the stream fails
     * @see #write(List, int, Path) for the rest
     */
    public static void write(List<RgbImage> pictures, int milliseconds, OutputStream stream) {
        require(pictures, milliseconds);
        ImageFileWriter.writeWhole(stream, () -> encode(pictures, milliseconds));
    }

    private static void require(List<RgbImage> pictures, int milliseconds) {
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException("an animation needs at least one picture");
        }
        RgbImage first = pictures.getFirst();
        for (RgbImage picture : pictures) {
            if (picture.width() != first.width() || picture.height() != first.height()) {
                throw new IllegalArgumentException(
                        "an animation takes pictures of one size, not " + first + " and " + picture);
            }
        }
        if (milliseconds < HUNDREDTH || milliseconds > LONGEST) {
            throw new IllegalArgumentException(
                    milliseconds + " milliseconds a picture; a GIF has from " + HUNDREDTH + " to " + LONGEST);
        }
    }

    private static byte[] encode(List<RgbImage> pictures, int milliseconds) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageFormat.GIF.writer();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            ImageWriteParam param = writer.getDefaultWriteParam();
            for (RgbImage picture : pictures) {
                var image = picture.toBufferedImage();
                IIOMetadata metadata =
                        writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), param);
                animate(metadata, milliseconds);
                writer.writeToSequence(new IIOImage(image, null, metadata), param);
            }
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static void animate(IIOMetadata metadata, int milliseconds) throws IIOInvalidTreeException {
        String format = metadata.getNativeMetadataFormatName();
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(format);
        IIOMetadataNode control = child(root, "GraphicControlExtension");
        control.setAttribute("disposalMethod", "none");
        control.setAttribute("userInputFlag", "FALSE");
        control.setAttribute("transparentColorFlag", "FALSE");
        control.setAttribute("transparentColorIndex", "0");
        control.setAttribute("delayTime", Integer.toString(milliseconds / HUNDREDTH));
        IIOMetadataNode repetition = child(child(root, "ApplicationExtensions"), "ApplicationExtension");
        repetition.setAttribute("applicationID", "NETSCAPE");
        repetition.setAttribute("authenticationCode", "2.0");
        repetition.setUserObject(FOR_EVER.clone());
        metadata.setFromTree(format, root);
    }

    private static IIOMetadataNode child(IIOMetadataNode parent, String name) {
        for (var node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node.getNodeName().equals(name)) {
                return (IIOMetadataNode) node;
            }
        }
        IIOMetadataNode made = new IIOMetadataNode(name);
        parent.appendChild(made);
        return made;
    }
}
