package dev.mmgen.geometry;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A rule for the segments of a picture that are reconstructed; anyone may bring one. */
@FunctionalInterface
public interface Foreground {

    /** All but the two segments that hold most of the border: the ground and what stands behind, in most photos. */
    Foreground DEFAULT = new Inner(2);

    /**
     * Selects segments.
     *
     * @return true for each segment in the foreground, in the order of {@link Segments#colours}
     */
    boolean[] select(Segments segments);

    /** Every segment. */
    record Everything() implements Foreground {

        @Override
        public boolean[] select(Segments segments) {
            boolean[] all = new boolean[segments.colours().size()];
            Arrays.fill(all, true);
            return all;
        }
    }

    /**
     * All segments but those that hold most of the picture's border. What holds less than a tenth of the border stays, since it
     * is more likely an object that the picture cuts off.
     *
     * @param background the most segments to leave out
     */
    record Inner(int background) implements Foreground {

        private static final double LEAST_SHARE = 0.1;

        /**
         * @throws IllegalArgumentException if the number is negative
         */
        public Inner {
            if (background < 0) {
                throw new IllegalArgumentException("the background cannot be " + background + " segments");
            }
        }

        @Override
        public boolean[] select(Segments segments) {
            int count = segments.colours().size();
            int[] border = new int[count];
            int length = 0;
            for (int y = 0; y < segments.height(); y++) {
                boolean edge = y == 0 || y == segments.height() - 1;
                int stride = edge || segments.width() == 1 ? 1 : segments.width() - 1;
                for (int x = 0; x < segments.width(); x += stride) {
                    border[segments.labels()[y * segments.width() + x]]++;
                    length++;
                }
            }
            double least = LEAST_SHARE * length;
            boolean[] inner = new boolean[count];
            Arrays.fill(inner, true);
            IntStream.range(0, count)
                    .boxed()
                    .filter(segment -> border[segment] >= least)
                    .sorted(Comparator.comparingInt((Integer segment) -> -border[segment]))
                    .limit(background)
                    .forEach(segment -> inner[segment] = false);
            return inner;
        }
    }

    /**
     * Segments of certain colours.
     *
     * @param colours {@code 0xRRGGBB}; for each, the segment of the nearest colour is taken
     */
    record Coloured(List<Integer> colours) implements Foreground {

        /**
         * @throws IllegalArgumentException if there is none
         */
        public Coloured {
            colours = List.copyOf(colours);
            if (colours.isEmpty()) {
                throw new IllegalArgumentException("a foreground needs at least one colour");
            }
        }

        @Override
        public boolean[] select(Segments segments) {
            boolean[] chosen = new boolean[segments.colours().size()];
            colours.forEach(colour -> chosen[segments.nearest(colour)] = true);
            return chosen;
        }
    }
}
