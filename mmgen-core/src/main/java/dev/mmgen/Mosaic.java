package dev.mmgen;

import dev.mmgen.image.FloatImage;
import dev.mmgen.modality.Modality;

/**
 * A picture that is put together of overlapping tiles. Where tiles overlap, each weighs less towards its edge. Each tile of depth
 * is first brought to those before it by the scale and the shift that fit best where they overlap, since every reading has its own.
 * Colours of segments are not mixed: there, the tile whose edge is farther counts alone.
 */
final class Mosaic {

    /** Depth that is scaled by more than this factor, up or down, fits nothing; it is only shifted. */
    private static final double LARGEST_SCALE = 3;

    private final int width;
    private final int height;
    private final Modality modality;
    private final float[] sums;
    private final float[] weights;

    Mosaic(int width, int height, Modality modality) {
        this.width = width;
        this.height = height;
        this.modality = modality;
        this.sums = new float[3 * width * height];
        this.weights = new float[width * height];
    }

    /** Adds a tile that lies at a place and has its size. */
    void add(Placement.Box place, FloatImage tile) {
        boolean depth = modality.equals(Modality.DEPTH);
        boolean mixed = !modality.equals(Modality.SEGMENTATION);
        LineFit.Line line = depth ? line(place, tile) : LineFit.Line.IDENTITY;
        int plane = width * height;
        int part = place.width() * place.height();
        for (int i = 0; i < part; i++) {
            int x = i % place.width();
            int y = i / place.width();
            int target = (place.y() + y) * width + place.x() + x;
            float weight = Math.min(
                    Math.min(x + 1, place.width() - x) / (float) place.width(),
                    Math.min(y + 1, place.height() - y) / (float) place.height());
            if (!mixed && weight <= weights[target]) {
                continue;
            }
            for (int channel = 0; channel < 3; channel++) {
                float value = (float) line.at(tile.values()[channel * part + i]);
                int at = channel * plane + target;
                sums[at] = mixed ? sums[at] + weight * value : weight * value;
            }
            weights[target] = mixed ? weights[target] + weight : weight;
        }
    }

    /** Returns the line by which a tile fits what is there already. */
    private LineFit.Line line(Placement.Box place, FloatImage tile) {
        LineFit fit = new LineFit();
        for (int i = 0; i < place.width() * place.height(); i++) {
            int target = (place.y() + i / place.width()) * width + place.x() + i % place.width();
            if (weights[target] != 0) {
                fit.add(tile.values()[i], sums[target] / weights[target]);
            }
        }
        return fit.line(LARGEST_SCALE);
    }

    /** Returns the picture; depth that alignment moved out of the range of a picture is scaled back into it. */
    FloatImage joined() {
        float[] joined = new float[sums.length];
        float least = -1;
        float most = 1;
        for (int i = 0; i < joined.length; i++) {
            joined[i] = sums[i] / weights[i % weights.length];
            least = Math.min(least, joined[i]);
            most = Math.max(most, joined[i]);
        }
        if (modality.equals(Modality.DEPTH)) {
            for (int i = 0; i < joined.length; i++) {
                joined[i] = 2 * (joined[i] - least) / (most - least) - 1;
            }
        }
        return new FloatImage(width, height, joined);
    }
}
