package consumer;

import dev.mmgen.MmGen;
import dev.mmgen.image.RgbImage;
import java.util.Arrays;

/** A picture of the model in the box. */
public final class Draw {

    private Draw() {}

    public static void main(String[] arguments) {
        try (MmGen mmgen = MmGen.shapes()) {
            RgbImage torus =
                    mmgen.generate().category("torus").seed(7).steps(4).run().rgb();
            byte[] pixels = torus.rgb();
            if (pixels.length != 3 * torus.width() * torus.height() || Arrays.stream(levels(pixels)).distinct().count() < 16) {
                throw new AssertionError("nothing was drawn: " + Arrays.toString(pixels));
            }
            System.out.println("drawn, " + Arrays.hashCode(pixels) + ", from " + Draw.class.getModule());
        }
    }

    private static int[] levels(byte[] pixels) {
        int[] levels = new int[pixels.length];
        Arrays.setAll(levels, i -> pixels[i]);
        return levels;
    }
}
