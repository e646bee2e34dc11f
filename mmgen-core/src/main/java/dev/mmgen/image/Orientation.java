package dev.mmgen.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * How a camera was held: the EXIF tag 0x0112.
 *
 * @param tag 1 (upright) to 8
 */
record Orientation(int tag) {

    private static final Orientation UPRIGHT = new Orientation(1);

    /** Returns the orientation that a file names; upright where it names none or its EXIF block is damaged. */
    static Orientation of(byte[] file) {
        try {
            Metadata metadata = ImageMetadataReader.readMetadata(new ByteArrayInputStream(file), file.length);
            for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
                Integer tag = directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
                if (tag != null && tag >= 1 && tag <= 8) {
                    return new Orientation(tag);
                }
            }
        } catch (ImageProcessingException | IOException | RuntimeException _) {
            // The picture itself may still be sound.
        }
        return UPRIGHT;
    }

    RgbImage upright(RgbImage image) {
        if (tag == 1) {
            return image;
        }
        boolean turned = tag >= 5;
        int width = turned ? image.height() : image.width();
        int height = turned ? image.width() : image.height();
        int lastX = image.width() - 1;
        int lastY = image.height() - 1;
        byte[] source = image.bytes();
        byte[] target = new byte[source.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int fromX = switch (tag) {
                    case 2, 3 -> lastX - x;
                    case 4 -> x;
                    case 5, 6 -> y;
                    default -> lastX - y;
                };
                int fromY = switch (tag) {
                    case 2 -> y;
                    case 3, 4 -> lastY - y;
                    case 5, 8 -> x;
                    default -> lastY - x;
                };
                System.arraycopy(source, (fromY * image.width() + fromX) * 3, target, (y * width + x) * 3, 3);
            }
        }
        return RgbImage.owning(width, height, target);
    }
}
