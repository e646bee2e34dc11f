package dev.mmgen.examples.shapes.evaluation;

import dev.mmgen.image.Raster;
import java.util.Arrays;
import java.util.List;

/**
 * Many small pictures of one size in rows, enlarged so that their pixels can be seen, on white.
 *
 * @param rows    from the top; they may differ in length
 * @param enlarge how many pixels wide and high a pixel becomes
 * @param gap     pixels between pictures, and around them
 */
public record ContactSheet(List<List<Raster>> rows, int enlarge, int gap) {

    private static final byte WHITE = (byte) 255;

    /**
     * @throws IllegalArgumentException if there is no picture, they differ in size, or a number is out of range
     */
    public ContactSheet {
        rows = rows.stream().map(List::copyOf).toList();
        List<Raster> all = rows.stream().flatMap(List::stream).toList();
        if (all.isEmpty() || enlarge < 1 || gap < 0) {
            throw new IllegalArgumentException("a sheet of " + all.size() + " pictures, enlarged by " + enlarge
                    + " with gaps of " + gap + "; it needs pictures, and numbers from 1 and 0 up");
        }
        Raster first = all.getFirst();
        for (Raster picture : all) {
            if (picture.width() != first.width() || picture.height() != first.height()) {
                throw new IllegalArgumentException("a sheet of " + first + " and " + picture + "; all need one size");
            }
        }
    }

    /** Returns the sheet as one picture. */
    public Raster picture() {
        Raster cell = rows.stream().flatMap(List::stream).findFirst().orElseThrow();
        int columns = rows.stream().mapToInt(List::size).max().orElseThrow();
        int width = Math.addExact(gap, Math.multiplyExact(columns, enlarge * cell.width() + gap));
        int height = Math.addExact(gap, Math.multiplyExact(rows.size(), enlarge * cell.height() + gap));
        byte[] sheet = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        Arrays.fill(sheet, WHITE);
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < rows.get(row).size(); column++) {
                int x = gap + column * (enlarge * cell.width() + gap);
                int y = gap + row * (enlarge * cell.height() + gap);
                put(rows.get(row).get(column), sheet, y * width + x, width);
            }
        }
        return Raster.of(width, height, sheet);
    }

    private void put(Raster picture, byte[] sheet, int corner, int width) {
        byte[] rgb = picture.rgb();
        for (int y = 0; y < enlarge * picture.height(); y++) {
            for (int x = 0; x < enlarge * picture.width(); x++) {
                int from = 3 * (y / enlarge * picture.width() + x / enlarge);
                System.arraycopy(rgb, from, sheet, 3 * (corner + y * width + x), 3);
            }
        }
    }
}
