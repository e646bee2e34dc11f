package dev.mmgen;

import dev.mmgen.sampling.NoiseSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples of one request in a batch that may hold those of several.
 *
 * @param place of the request among those that are drawn together
 * @param first the number of the first sample among those of the seed
 * @param count of samples
 */
record SamplePart(ImageRequest request, int place, int first, int count) {

    /** Returns these samples in batches of the request's size. */
    List<SamplePart> split() {
        List<SamplePart> batches = new ArrayList<>();
        for (int done = 0; done < count; done += request.series().batch()) {
            batches.add(new SamplePart(
                    request, place, first + done, Math.min(request.series().batch(), count - done)));
        }
        return batches;
    }

    /** Opens the noise of a batch: each sample has the stream of its request's seed and its own number. */
    static NoiseSource noise(List<SamplePart> batch) {
        return batch.size() == 1
                ? batch.getFirst().noise()
                : NoiseSource.joined(batch.stream()
                        .map(part -> new NoiseSource.Share(part.noise(), part.count))
                        .toList());
    }

    private NoiseSource noise() {
        return NoiseSource.perSample(request.series().seed(), first);
    }
}
