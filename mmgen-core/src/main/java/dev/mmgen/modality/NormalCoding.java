package dev.mmgen.modality;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * The direction of y in a file of surface normals. Red, green and blue from 0 to 255 are x, y and z from -1 to 1, with x to
 * the right and z towards the viewer; programs differ in the sign of y. Models take {@link Modality#NORMAL} with y up.
 */
public enum NormalCoding {

    /** y up, as in OpenGL, Blender and glTF: the model's own. */
    OPENGL,

    /** y down, as in DirectX and Unreal Engine: green is turned over. */
    DIRECTX;

    private static final double SHORTEST = 0.5;

    /**
     * Reads a file of normals: a picture, or a {@code .npy} array or TIFF {@code [H, W, 3]} of numbers from -1 to 1.
     *
     * @return normals with y up, to be given to a model as {@link Modality#NORMAL}
     * @throws ImageException if it cannot be read, or no pixel of it has a direction
     */
    public RgbImage read(Path file) {
        RgbImage normals = NumberFile.isNumbers(file) ? NumberFile.read(file).normals() : RgbImage.read(file);
        return toRgbImage(requireDirections("the file of normals " + file, normals));
    }

    /** Reads the bytes of a file of normals, see {@link #read(Path)}; an array is told by its first bytes. */
    public RgbImage read(byte[] file) {
        RgbImage normals = NumberFile.isNumbers(file) ? NumberFile.read(file).normals() : RgbImage.read(file);
        return toRgbImage(requireDirections("the file of normals", normals));
    }

    /** Reads a file of normals from a stream to its end, see {@link #read(Path)}; the caller closes it. */
    public RgbImage read(InputStream stream) {
        try {
            return read(stream.readAllBytes());
        } catch (IOException e) {
            throw new ImageException("cannot read the file of normals from its stream: " + e.getMessage(), e);
        }
    }

    /** Pixels without a surface may have no direction; a file of nothing else was made by mistake. */
    private static RgbImage requireDirections(String name, RgbImage normals) {
        byte[] rgb = normals.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            double x = (rgb[i] & 0xff) / 127.5 - 1;
            double y = (rgb[i + 1] & 0xff) / 127.5 - 1;
            double z = (rgb[i + 2] & 0xff) / 127.5 - 1;
            if (x * x + y * y + z * z > SHORTEST * SHORTEST) {
                return normals;
            }
        }
        throw new ImageException(name + " tells no directions: all its vectors are shorter than " + SHORTEST
                + ", as those of a grey picture; give one of unit vectors in red, green and blue");
    }

    /** Returns normals as a model takes them, with y up. */
    public RgbImage toRgbImage(RgbImage normals) {
        if (this == OPENGL) {
            return normals;
        }
        byte[] rgb = normals.rgb();
        for (int i = 1; i < rgb.length; i += 3) {
            rgb[i] = (byte) ~rgb[i];
        }
        return RgbImage.of(normals.width(), normals.height(), rgb);
    }
}
