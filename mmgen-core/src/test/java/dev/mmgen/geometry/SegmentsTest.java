package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentsTest {

    private static final int SKY = 0x4060a0;
    private static final int GROUND = 0xc0a060;
    private static final int BALL = 0xff4060;

    /** Sky above ground, a ball in the middle, and levels that are a little wrong. */
    private static RgbImage picture(int noise) {
        Random random = new Random(1);
        byte[] rgb = new byte[3 * 40 * 40];
        for (int i = 0; i < 1600; i++) {
            int colour = truth(i);
            for (int channel = 0; channel < 3; channel++) {
                int level = (colour >> (16 - 8 * channel) & 0xff) + random.nextInt(2 * noise + 1) - noise;
                rgb[3 * i + channel] = (byte) Math.clamp(level, 0, 255);
            }
        }
        return RgbImage.of(40, 40, rgb);
    }

    private static int truth(int pixel) {
        int x = pixel % 40 - 20;
        int y = pixel / 40 - 20;
        if (x * x + y * y < 64) {
            return BALL;
        }
        return y < 0 ? SKY : GROUND;
    }

    @Test
    void coloursThatAreALittleWrongAreOneSegment() {
        Segments segments = Segments.of(picture(12));
        assertThat(segments.colours()).hasSize(3);
        for (int i = 0; i < 1600; i++) {
            assertThat(segments.labels()[i]).isEqualTo(segments.nearest(truth(i)));
        }
    }

    @Test
    void specksAndBlendsBelongToWhatTheyTouch() {
        byte[] rgb = picture(0).rgb();
        int inSky = 3 * (5 * 40 + 5);
        rgb[inSky] = (byte) 0xff;
        int inBall = 3 * (20 * 40 + 20);
        rgb[inBall] = 0;
        rgb[inBall + 1] = (byte) 0xff;
        Segments segments = Segments.of(RgbImage.of(40, 40, rgb));
        assertThat(segments.labels()[5 * 40 + 5]).isEqualTo(segments.nearest(SKY));
        assertThat(segments.labels()[20 * 40 + 20]).isEqualTo(segments.nearest(BALL));
    }

    @Test
    void segmentsThatHoldTheBorderAreBackground() {
        Segments segments = Segments.of(picture(0));
        assertThat(Foreground.DEFAULT.select(segments)[segments.nearest(BALL)]).isTrue();
        assertThat(Foreground.DEFAULT.select(segments)[segments.nearest(SKY)]).isFalse();
        assertThat(Foreground.DEFAULT.select(segments)[segments.nearest(GROUND)])
                .isFalse();
        assertThat(new Foreground.Inner(1).select(segments)).containsOnlyOnce(false);
        assertThat(new Foreground.Everything().select(segments)).containsOnly(true);
        assertThat(new Foreground.Coloured(List.of(GROUND + 5)).select(segments))
                .containsOnlyOnce(true);
        assertThatIllegalArgumentException().isThrownBy(() -> new Foreground.Inner(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Foreground.Coloured(List.of()));
    }

    @Test
    void smallAndNoisyPicturesAreSegmentsToo() {
        assertThat(Segments.of(TiltedPlane.plain(1, 1, 0x123456)).colours()).containsExactly(0x123456);
        byte[] noise = new byte[3 * 64 * 64];
        new Random(2).nextBytes(noise);
        Segments segments = Segments.of(RgbImage.of(64, 64, noise));
        assertThat(segments.labels()).hasSize(64 * 64);
        assertThatIllegalArgumentException().isThrownBy(() -> new Segments(1, 1, new int[] {1}, List.of(0)));
    }
}
