package dev.mmgen.image;

import java.util.List;

/**
 * A sheet of images of one size, row by row over black: the previews during training. A single image stays as it is, without
 * a border, as in torchvision's {@code make_grid}.
 *
 * @param columns the most images in a row, at least 1
 * @param padding black pixels around and between images, at least 0
 */
public record ContactSheet(int columns, int padding) {

    /** The sheet of the reference: eight in a row, two pixels apart. */
    public static final ContactSheet PREVIEW = new ContactSheet(8, 2);

    /**
     * @throws IllegalArgumentException if columns is not positive or padding is negative
     */
    public ContactSheet {
        if (columns < 1 || padding < 0) {
            throw new IllegalArgumentException("a contact sheet of " + columns + " columns, " + padding
                    + " pixels apart; it needs at least 1 column and 0 pixels");
        }
    }

    /**
     * Returns the sheet.
     *
     * @throws IllegalArgumentException if there is no image or sizes differ
     * @throws ImageException if the sheet has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public RgbImage of(List<RgbImage> images) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("a contact sheet needs at least one image");
        }
        RgbImage first = images.getFirst();
        for (RgbImage image : images) {
            if (image.width() != first.width() || image.height() != first.height()) {
                throw new IllegalArgumentException(
                        "a contact sheet takes images of one size, not " + first + " and " + image);
            }
        }
        if (images.size() == 1) {
            return first;
        }
        int across = Math.min(columns, images.size());
        int down = (images.size() - 1) / across + 1;
        int width = side(across, first.width());
        int height = side(down, first.height());
        byte[] sheet = new byte[RgbImage.byteCount(width, height)];
        for (int i = 0; i < images.size(); i++) {
            int x = padding + i % across * (first.width() + padding);
            int y = padding + i / across * (first.height() + padding);
            RgbImage.paste(images.get(i), sheet, width, x, y);
        }
        return RgbImage.owning(width, height, sheet);
    }

    private int side(int count, int imageSide) {
        return (int) Math.min(Integer.MAX_VALUE, count * ((long) imageSide + padding) + padding);
    }
}
