package dev.mmgen;

import dev.mmgen.sampling.SamplingStep;
import java.util.List;

/** The count of a call's batches, so that a listener knows how far all of it is, not only the batch under way. */
final class BatchCount {

    private final int all;
    private int batch;

    /**
     * @param before batches that were drawn before
     * @param all    batches of the call
     */
    private BatchCount(int before, int all) {
        this.batch = before;
        this.all = all;
    }

    /** Counts the batches of parts: of several requests that are drawn together, or of one that is drawn part by part. */
    static BatchCount of(List<ImagePart> parts) {
        ImagePart first = parts.getFirst();
        int each = batches(parts.stream().map(ImagePart::largest).toList());
        // Only the last part may have fewer.
        int own = batches(parts);
        return new BatchCount(
                first.place() * each,
                first.place() == first.parts() - 1 ? first.place() * each + own : first.parts() * each);
    }

    private static int batches(List<ImagePart> parts) {
        return ImagePart.groups(parts).stream()
                .mapToInt(group -> ImagePart.batches(group).size())
                .sum();
    }

    /** Returns a step as one of its batch; the steps of a batch begin with 1. */
    SamplingStep tell(SamplingStep step) {
        if (step.index() == 1) {
            batch++;
        }
        return step.ofBatch(batch, all);
    }
}
