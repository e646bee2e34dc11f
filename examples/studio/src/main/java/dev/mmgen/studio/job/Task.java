package dev.mmgen.studio.job;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import java.util.List;
import java.util.Map;

/** The work of a job. */
@FunctionalInterface
public interface Task {

    /**
     * One result.
     *
     * @param image  itself
     * @param extras further files by name
     */
    record Result(MultiModalImage image, Map<String, byte[]> extras) {

        /** Returns results without further files. */
        public static List<Result> of(List<MultiModalImage> images) {
            return images.stream().map(image -> new Result(image, Map.of())).toList();
        }
    }

    /**
     * Does the work, on the thread that draws.
     *
     * @param progress through which every request to the model goes
     * @throws dev.mmgen.studio.http.Problem for what the client must know; an {@link IllegalArgumentException} is the client's
     *     fault, too
     */
    List<Result> run(MmGen mmgen, Progress progress);
}
