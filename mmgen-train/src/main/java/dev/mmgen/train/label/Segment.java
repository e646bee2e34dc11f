package dev.mmgen.train.label;

/**
 * One segment of an image.
 *
 * @param area   how large its finder says it is; decides who is painted first
 * @param inside {@code [height, width]}, row-major: true for its pixels
 */
public record Segment(long area, boolean[] inside) {}
