package dev.mmgen.image;

/**
 * A filter for scaling images, with the levels that Pillow's {@code Image.resize} gives for 8-bit images, to the last
 * bit.
 */
public enum Resampling {

    /** Each source pixel within the output pixel's square counts alike. */
    BOX(0.5) {
        @Override
        double weight(double x) {
            return x > -0.5 && x <= 0.5 ? 1 : 0;
        }
    },

    /** A triangle over two pixels. */
    BILINEAR(1) {
        @Override
        double weight(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    },

    /** Keys' cubic over four pixels, with a = -0.5. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double a = -0.5;
            double d = Math.abs(x);
            if (d < 1) {
                return ((a + 2) * d - (a + 3)) * d * d + 1;
            }
            return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
        }
    },

    /** A windowed sinc over six pixels. */
    LANCZOS(3) {
        @Override
        double weight(double x) {
            return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        }
    };

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** The filter at a distance, in pixels of the coarser of the two images. */
    abstract double weight(double x);

    /** The distance from which on the filter is zero. */
    double support() {
        return support;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    /**
     * Returns the image scaled to another size. When an image is made smaller, the filter widens so that every source
     * pixel counts.
     *
     * @throws IllegalArgumentException if a size is not positive
     * @throws ImageException if the result has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public RgbImage resize(RgbImage image, int width, int height) {
        return resize(image, width, height, new Part(0, 0, image.width(), image.height()));
    }

    /**
     * A part of an image, from its left and upper to its right and lower edge, in pixels that need not be whole.
     */
    public record Part(float left, float top, float right, float bottom) {}

    /**
     * Returns a part of the image scaled to another size. Pixels outside of the part count where the filter reaches them,
     * as in Pillow's {@code resize(size, box=...)}.
     *
     * @throws IllegalArgumentException if a size is not positive, or the part is empty or reaches outside the image
     * @throws ImageException if the result has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public RgbImage resize(RgbImage image, int width, int height, Part part) {
        RgbImage.byteCount(width, height);
        if (!(0 <= part.left && part.left < part.right && part.right <= image.width())
                || !(0 <= part.top && part.top < part.bottom && part.bottom <= image.height())) {
            throw new IllegalArgumentException(part + " is empty or outside of " + image);
        }
        RgbImage result = image;
        if (width != image.width() || part.left != 0 || part.right != width) {
            result = new FilterTaps(this, image.width(), part.left, part.right, width).alongRows(result);
        }
        if (height != image.height() || part.top != 0 || part.bottom != height) {
            result = new FilterTaps(this, image.height(), part.top, part.bottom, height).alongColumns(result);
        }
        return result;
    }
}
