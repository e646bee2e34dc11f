package dev.mmgen;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The images of a request, batch by batch. While the reader is busy with one batch the next is drawn, and no more than that:
 * so a slow reader holds no thread, and memory does not grow with the number of images.
 */
final class ImageStream implements Iterator<MultiModalImage>, AutoCloseable {

    private final RunningRequests requests;
    private final ImageRequest request;
    private final Queue<MultiModalImage> made = new ArrayDeque<>();
    private int given;
    private volatile RunningRequests.@Nullable Run ahead;
    private volatile boolean closed;

    private ImageStream(RunningRequests requests, ImageRequest request) {
        this.requests = requests;
        this.request = request;
    }

    /** Returns the images as a stream, which draws nothing before it is read; closing it ends the batch under way. */
    static Stream<MultiModalImage> of(RunningRequests requests, ImageRequest request) {
        ImageStream images = new ImageStream(requests, request);
        return StreamSupport.stream(
                        Spliterators.spliterator(
                                images, request.series().count(), Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(images::close);
    }

    @Override
    public boolean hasNext() {
        return given < request.series().count();
    }

    @Override
    public MultiModalImage next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all " + request.series().count() + " images were given");
        }
        if (made.isEmpty()) {
            RunningRequests.Run batch = ahead;
            made.addAll((batch == null ? begin(given) : batch).await());
            int next = given + made.size();
            if (next < request.series().count()) {
                begin(next);
            }
        }
        given++;
        return made.remove();
    }

    private RunningRequests.Run begin(int first) {
        RunningRequests.Run batch = requests.begin(ImagePart.after(request, first));
        ahead = batch;
        if (closed) {
            batch.cancel();
        }
        return batch;
    }

    @Override
    public void close() {
        closed = true;
        RunningRequests.Run batch = ahead;
        if (batch != null) {
            batch.cancel();
        }
    }
}
