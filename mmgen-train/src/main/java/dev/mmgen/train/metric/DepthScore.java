package dev.mmgen.train.metric;

/**
 * What one depth image scored.
 *
 * @param errors    the figures; all NaN if no pixel counted
 * @param alignment the fitted scale and shift; 0 and NaN if no pixel counted
 * @param pixels    how many pixels counted
 * @param clamped   how many of them had an aligned depth out of range, for instance a negative one
 */
public record DepthScore(DepthErrors errors, DepthAlignment alignment, int pixels, int clamped) {}
