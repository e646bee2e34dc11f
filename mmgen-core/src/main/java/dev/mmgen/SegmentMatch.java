package dev.mmgen;

import dev.mmgen.geometry.Segments;

/**
 * Two segmentations of the same pixels, whose colours may mean the same or nothing to each other: where a model paints by a
 * palette, the same thing has the same colour; the colours of the released models only tell the segments of one picture apart.
 *
 * @param from   one of them
 * @param to     the other, of the same size
 * @param nearest for each segment of the first the one of the second that it covers most
 */
record SegmentMatch(Segments from, Segments to, int[] nearest) {

    /** The largest distance of two colours that are meant to be one; black and white are 442 apart. */
    static final double REACH = 60;

    static SegmentMatch of(Segments from, Segments to) {
        int[][] common = new int[from.colours().size()][to.colours().size()];
        for (int i = 0; i < from.labels().length; i++) {
            common[from.labels()[i]][to.labels()[i]]++;
        }
        int[] nearest = new int[common.length];
        for (int segment = 0; segment < common.length; segment++) {
            for (int other = 1; other < common[segment].length; other++) {
                if (common[segment][other] > common[segment][nearest[segment]]) {
                    nearest[segment] = other;
                }
            }
        }
        return new SegmentMatch(from, to, nearest);
    }

    /** Returns the number of pixels whose segment has the colour of the one that it covers most. */
    long ofOneColour() {
        long same = 0;
        for (int label : from.labels()) {
            int one = from.colours().get(label);
            int other = to.colours().get(nearest[label]);
            same += distance(one, other) <= REACH ? 1 : 0;
        }
        return same;
    }

    private static double distance(int one, int other) {
        return Math.hypot(
                Math.hypot((one >> 16) - (other >> 16), (one >> 8 & 0xff) - (other >> 8 & 0xff)),
                (one & 0xff) - (other & 0xff));
    }
}
