package dev.mmgen.geometry;

/**
 * A camera without distortion, whose optical axis meets the picture's middle.
 *
 * @param width       of the picture in pixels
 * @param height      of the picture in pixels
 * @param focalLength in pixels, the same both ways
 */
public record PinholeCamera(int width, int height, double focalLength) {

    /**
     * @throws IllegalArgumentException if a number is not positive, or the focal length is infinite
     */
    public PinholeCamera {
        if (width < 1 || height < 1 || !(focalLength > 0) || Double.isInfinite(focalLength)) {
            throw new IllegalArgumentException("a camera for " + width + " x " + height
                    + " pixels with a focal length of " + focalLength + " pixels; all must be positive");
        }
    }

    /**
     * Returns the camera of an angle of view.
     *
     * @param degrees from the picture's lower edge to its upper one, between 0 and 180
     * @throws IllegalArgumentException if a number is out of range
     */
    public static PinholeCamera withFieldOfView(int width, int height, double degrees) {
        if (!(degrees > 0 && degrees < 180)) {
            throw new IllegalArgumentException(
                    "a field of view of " + degrees + " degrees; it must be between 0 and 180");
        }
        return new PinholeCamera(width, height, height / (2 * Math.tan(Math.toRadians(degrees) / 2)));
    }

    /** Returns the angle from the picture's lower edge to its upper one, in degrees. */
    public double fieldOfView() {
        return Math.toDegrees(2 * Math.atan(height / (2 * focalLength)));
    }

    /** Returns how far right of the optical axis the middle of a column is, at a depth of 1. */
    public double right(double column) {
        return (column + 0.5 - width / 2.0) / focalLength;
    }

    /** Returns how far above the optical axis the middle of a row is, at a depth of 1. */
    public double up(double row) {
        return (height / 2.0 - row - 0.5) / focalLength;
    }
}
