package dev.mmgen.io;

import dev.mmgen.torch.Shape;

/**
 * Numbers in four bits each: whole numbers from -7 to 7, two to a byte with the first one low, times a scale for every 64 of them. The
 * error is at most a fourteenth of the largest of the 64.
 *
 * @param nibbles 8 more than the numbers; half as many bytes as there are numbers, rounded up
 * @param scales  one for every 64 numbers, the last perhaps for fewer
 */
record NibbleGroups(byte[] nibbles, float[] scales) {

    private static final int GROUP = 64;
    private static final int LARGEST = 7;
    private static final int ZERO = 8;

    /** Returns the shape of the bytes for so many numbers. */
    static Shape bytes(long count) {
        return Shape.of((count + 1) / 2);
    }

    /** Returns the shape of the scales for so many numbers. */
    static Shape groups(long count) {
        return Shape.of((count + GROUP - 1) / GROUP);
    }

    /** Rounds numbers, which must be finite. */
    static NibbleGroups of(float[] numbers) {
        byte[] nibbles = new byte[Math.toIntExact(bytes(numbers.length).size(0))];
        float[] scales = new float[Math.toIntExact(groups(numbers.length).size(0))];
        for (int i = 0; i < numbers.length; i++) {
            scales[i / GROUP] = Math.max(scales[i / GROUP], Math.abs(numbers[i]) / LARGEST);
        }
        for (int i = 0; i < numbers.length; i++) {
            float scale = scales[i / GROUP];
            int rounded = scale == 0 ? 0 : Math.clamp(Math.round(numbers[i] / scale), -LARGEST, LARGEST);
            nibbles[i / 2] |= (byte) (rounded + ZERO << (i % 2 == 0 ? 0 : 4));
        }
        return new NibbleGroups(nibbles, scales);
    }

    /** Returns so many numbers. */
    float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            int nibble = nibbles[i / 2] >> (i % 2 == 0 ? 0 : 4) & 0xf;
            numbers[i] = (nibble - ZERO) * scales[i / GROUP];
        }
        return numbers;
    }
}
