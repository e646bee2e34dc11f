package dev.mmgen.image;

/**
 * The way a camera was held: the EXIF tag 0x0112.
 *
 * @param tag 1 (upright) to 8
 */
record Orientation(int tag) {

    static final Orientation UPRIGHT = new Orientation(1);

    /** Returns the orientation of a tag; upright for a number that is none. */
    static Orientation of(int tag) {
        return tag >= 1 && tag <= 8 ? new Orientation(tag) : UPRIGHT;
    }

    /** A copy of one pixel, both numbered row by row. */
    interface PixelCopy {
        void copy(int from, int to);
    }

    /** Returns true if rows become columns. */
    boolean turnsSideways() {
        return tag >= 5;
    }

    /** Copies all pixels of a picture of this size to where they are when it is upright. */
    void forEach(int width, int height, PixelCopy pixels) {
        int uprightWidth = turnsSideways() ? height : width;
        int lastX = width - 1;
        int lastY = height - 1;
        for (int to = 0; to < width * height; to++) {
            int x = to % uprightWidth;
            int y = to / uprightWidth;
            int fromX = switch (tag) {
                case 1, 4 -> x;
                case 2, 3 -> lastX - x;
                case 5, 6 -> y;
                default -> lastX - y;
            };
            int fromY = switch (tag) {
                case 1, 2 -> y;
                case 3, 4 -> lastY - y;
                case 5, 8 -> x;
                default -> lastY - x;
            };
            pixels.copy(fromY * width + fromX, to);
        }
    }

    RgbImage upright(RgbImage image) {
        if (tag == 1) {
            return image;
        }
        byte[] source = image.bytes();
        byte[] target = new byte[source.length];
        forEach(image.width(), image.height(), (from, to) -> System.arraycopy(source, 3 * from, target, 3 * to, 3));
        return turnsSideways()
                ? RgbImage.owning(image.height(), image.width(), target)
                : RgbImage.owning(image.width(), image.height(), target);
    }
}
