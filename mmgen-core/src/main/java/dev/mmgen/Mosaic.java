package dev.mmgen;

import dev.mmgen.geometry.Segments;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import org.jspecify.annotations.Nullable;

/**
 * A picture that is put together of overlapping tiles. Where tiles overlap, each weighs less towards its edge. Each tile of depth
 * is first brought to those before it by the scale and the shift that fit best where they overlap, since every reading has its own.
 * Colours of segments are not mixed: there, the tile whose edge is farther counts alone; and where a model has no palette, segments
 * of a tile take the colours of those that they continue.
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
        if (modality.equals(Modality.SEGMENTATION)) {
            choose(place, recoloured(place, tile));
        } else {
            mix(place, tile, modality.equals(Modality.DEPTH) ? line(place, tile) : LineFit.Line.IDENTITY);
        }
    }

    private void mix(Placement.Box place, FloatImage tile, LineFit.Line line) {
        int part = place.width() * place.height();
        for (int i = 0; i < part; i++) {
            int target = target(place, i);
            float weight = weight(place, i);
            for (int channel = 0; channel < 3; channel++) {
                sums[channel * weights.length + target] += weight * (float) line.at(tile.values()[channel * part + i]);
            }
            weights[target] += weight;
        }
    }

    /** Takes over the pixels that are farther from the tile's edge than from the edge of the one that is there. */
    private void choose(Placement.Box place, FloatImage tile) {
        int part = place.width() * place.height();
        for (int i = 0; i < part; i++) {
            int target = target(place, i);
            float weight = weight(place, i);
            if (weight > weights[target]) {
                for (int channel = 0; channel < 3; channel++) {
                    sums[channel * weights.length + target] = tile.values()[channel * part + i];
                }
                weights[target] = weight;
            }
        }
    }

    private int target(Placement.Box place, int pixel) {
        return (place.y() + pixel / place.width()) * width + place.x() + pixel % place.width();
    }

    /** The distance to the nearest edge of a tile, in parts of its sides. */
    private static float weight(Placement.Box place, int pixel) {
        int x = pixel % place.width();
        int y = pixel / place.width();
        return Math.min(
                Math.min(x + 1, place.width() - x) / (float) place.width(),
                Math.min(y + 1, place.height() - y) / (float) place.height());
    }

    /** Returns a tile with the colours of what is there already, if they mean something else than its own. */
    private FloatImage recoloured(Placement.Box place, FloatImage tile) {
        Placement.Box shared = shared(place);
        if (shared == null) {
            return tile;
        }
        Segments there = Segments.of(picture().crop(shared.x(), shared.y(), shared.width(), shared.height()));
        Segments own = Segments.of(tile.toRgbImage(Quantization.ROUND));
        int[] labels = new int[shared.width() * shared.height()];
        for (int i = 0; i < labels.length; i++) {
            int x = shared.x() - place.x() + i % shared.width();
            int y = shared.y() - place.y() + i / shared.width();
            labels[i] = own.labels()[y * place.width() + x];
        }
        SegmentMatch match =
                SegmentMatch.of(new Segments(shared.width(), shared.height(), labels, own.colours()), there);
        if (2 * match.ofOneColour() >= labels.length) {
            return tile;
        }
        boolean[] continues = new boolean[own.colours().size()];
        for (int label : labels) {
            continues[label] = true;
        }
        float[] values = tile.values().clone();
        int plane = own.labels().length;
        for (int i = 0; i < values.length; i++) {
            int label = own.labels()[i % plane];
            if (continues[label]) {
                int colour = there.colours().get(match.nearest()[label]);
                values[i] = (colour >> (16 - 8 * (i / plane)) & 0xff) / 127.5f - 1;
            }
        }
        return new FloatImage(place.width(), place.height(), values);
    }

    /** Returns the part of a place where something is already; tiles come in rows or columns, so it is a rectangle. */
    private Placement.@Nullable Box shared(Placement.Box place) {
        int left = place.width();
        int top = place.height();
        int right = -1;
        int bottom = -1;
        for (int i = 0; i < place.width() * place.height(); i++) {
            if (weights[target(place, i)] != 0) {
                left = Math.min(left, i % place.width());
                right = Math.max(right, i % place.width());
                top = Math.min(top, i / place.width());
                bottom = Math.max(bottom, i / place.width());
            }
        }
        return right < 0
                ? null
                : new Placement.Box(place.x() + left, place.y() + top, right - left + 1, bottom - top + 1);
    }

    /** Returns the chosen pixels so far. */
    private RgbImage picture() {
        return new FloatImage(width, height, sums).toRgbImage(Quantization.ROUND);
    }

    /** Returns the line by which a tile fits what is there already. */
    private LineFit.Line line(Placement.Box place, FloatImage tile) {
        LineFit fit = new LineFit();
        for (int i = 0; i < place.width() * place.height(); i++) {
            int target = target(place, i);
            if (weights[target] != 0) {
                fit.add(tile.values()[i], sums[target] / weights[target]);
            }
        }
        return fit.line(LARGEST_SCALE);
    }

    /** Returns the picture; depth that alignment moved out of the range of a picture is scaled back into it. */
    FloatImage joined() {
        if (modality.equals(Modality.SEGMENTATION)) {
            return new FloatImage(width, height, sums);
        }
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
