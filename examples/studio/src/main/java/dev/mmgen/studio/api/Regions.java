package dev.mmgen.studio.api;

import dev.mmgen.Placement;
import dev.mmgen.image.RgbImage;

/** Regions of pictures, as pixels that are not black. */
final class Regions {

    private Regions() {}

    /** Returns the smallest box around the region. */
    static Placement.Box bounds(RgbImage region) {
        byte[] rgb = region.rgb();
        int left = region.width();
        int top = region.height();
        int right = -1;
        int bottom = -1;
        for (int i = 0; i < rgb.length / 3; i++) {
            if (rgb[3 * i] != 0) {
                left = Math.min(left, i % region.width());
                right = Math.max(right, i % region.width());
                top = Math.min(top, i / region.width());
                bottom = i / region.width();
            }
        }
        return new Placement.Box(left, top, right - left + 1, bottom - top + 1);
    }
}
