package dev.mmgen.studio.limit;

import java.time.Duration;

/**
 * The limits of one studio, so that no request takes the machine from the others. Start from {@link #DEFAULT}.
 *
 * @param bodyBytes   of one request; 64 MiB hold a photo of 40 megapixels and three modalities of it
 * @param photoPixels of one uploaded picture; 64 million
 * @param drawnPixels of the pictures that one request draws; 1,048,576: one of 1024 × 1024 or 16 of 256 × 256
 * @param images      of one request, 16
 * @param steps       of one image, 1,000
 * @param ensemble    readings that are merged, 50
 * @param queue       requests that wait or run, 32
 * @param time        of one request from its first step to its last, 10 minutes
 * @param storedBytes of the results in memory; a quarter of the heap
 */
public record Limits(
        long bodyBytes,
        long photoPixels,
        long drawnPixels,
        int images,
        int steps,
        int ensemble,
        int queue,
        Duration time,
        long storedBytes) {

    /** The limits of a studio on a desk. */
    public static final Limits DEFAULT = new Limits(
            64L << 20,
            64_000_000,
            1 << 20,
            16,
            1_000,
            50,
            32,
            Duration.ofMinutes(10),
            Runtime.getRuntime().maxMemory() / 4);

    /**
     * @throws IllegalArgumentException naming a limit that is not positive
     */
    public Limits {
        requirePositive("bodyBytes", bodyBytes);
        requirePositive("photoPixels", photoPixels);
        requirePositive("drawnPixels", drawnPixels);
        requirePositive("images", images);
        requirePositive("steps", steps);
        requirePositive("ensemble", ensemble);
        requirePositive("queue", queue);
        requirePositive("time", time.toMillis());
        requirePositive("storedBytes", storedBytes);
    }

    private static void requirePositive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("the limit '" + name + "' is " + value + "; it must be at least 1");
        }
    }

    /** Returns these limits with another size of a request's body, in bytes. */
    public Limits withBodyBytes(long bytes) {
        return new Limits(bytes, photoPixels, drawnPixels, images, steps, ensemble, queue, time, storedBytes);
    }

    /** Returns these limits with another number of pixels of an uploaded picture. */
    public Limits withPhotoPixels(long pixels) {
        return new Limits(bodyBytes, pixels, drawnPixels, images, steps, ensemble, queue, time, storedBytes);
    }

    /** Returns these limits with another number of pixels of a drawn picture. */
    public Limits withDrawnPixels(long pixels) {
        return new Limits(bodyBytes, photoPixels, pixels, images, steps, ensemble, queue, time, storedBytes);
    }

    /** Returns these limits with another number of images of a request. */
    public Limits withImages(int count) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, count, steps, ensemble, queue, time, storedBytes);
    }

    /** Returns these limits with another number of inference steps. */
    public Limits withSteps(int count) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, images, count, ensemble, queue, time, storedBytes);
    }

    /** Returns these limits with another number of readings that are merged. */
    public Limits withEnsemble(int readings) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, images, steps, readings, queue, time, storedBytes);
    }

    /** Returns these limits with another number of requests that wait or run. */
    public Limits withQueue(int requests) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, images, steps, ensemble, requests, time, storedBytes);
    }

    /** Returns these limits with another time of a request. */
    public Limits withTime(Duration longest) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, images, steps, ensemble, queue, longest, storedBytes);
    }

    /** Returns these limits with another size of the results in memory. */
    public Limits withStoredBytes(long bytes) {
        return new Limits(bodyBytes, photoPixels, drawnPixels, images, steps, ensemble, queue, time, bytes);
    }
}
