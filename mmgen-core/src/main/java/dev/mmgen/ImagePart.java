package dev.mmgen;

import java.util.ArrayList;
import java.util.List;

/**
 * Some of a request's images, all of them or one of the parts that a stream draws one after another.
 *
 * @param first the number of the first among those of the seed
 * @param count of images
 * @param place of this part among those of the request, from 0
 * @param parts of the request
 */
record ImagePart(ImageRequest request, int first, int count, int place, int parts) {

    static ImagePart all(ImageRequest request) {
        return new ImagePart(request, request.series().first(), request.series().count(), 0, 1);
    }

    /** Returns the part that follows on the first images: at least one image with all its readings. */
    static ImagePart after(ImageRequest request, int done) {
        int images = Math.max(1, request.series().batch() / request.series().ensemble());
        int count = request.series().count();
        return new ImagePart(
                request,
                request.series().first() + done,
                Math.min(images, count - done),
                done / images,
                (count + images - 1) / images);
    }

    /** Returns the same images of a request for what one of the windows shows. */
    ImagePart of(ImageRequest window) {
        return new ImagePart(window, first, count, place, parts);
    }

    /** Returns the first part of the same request, which has the most images. */
    ImagePart largest() {
        return parts == 1 ? this : after(request, 0);
    }

    long samples() {
        return (long) count * request.series().ensemble();
    }

    private SamplePart toSamples(int place) {
        int each = request.series().ensemble();
        return new SamplePart(request, place, first * each, count * each);
    }

    /** Returns parts in groups: those of neighbouring requests that fit into one batch, or one that may need several. */
    static List<List<ImagePart>> groups(List<ImagePart> parts) {
        List<List<ImagePart>> groups = new ArrayList<>();
        for (int start = 0, end; start < parts.size(); start = end) {
            ImageRequest request = parts.get(start).request;
            long samples = parts.get(start).samples();
            end = start + 1;
            while (end < parts.size()
                    && samples + parts.get(end).samples() <= request.series().batch()
                    && request.sharesBatch(parts.get(end).request)) {
                samples += parts.get(end).samples();
                end++;
            }
            groups.add(parts.subList(start, end));
        }
        return groups;
    }

    /** Returns the samples of a group in batches. */
    static List<List<SamplePart>> batches(List<ImagePart> group) {
        List<SamplePart> all = new ArrayList<>();
        for (ImagePart part : group) {
            all.add(part.toSamples(all.size()));
        }
        return all.size() > 1
                ? List.of(all)
                : all.getFirst().split().stream().map(List::of).toList();
    }
}
