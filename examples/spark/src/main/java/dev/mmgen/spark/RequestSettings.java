package dev.mmgen.spark;

import dev.mmgen.ImageRequestBuilder;
import java.io.Serializable;

/** Settings of the requests of all rows, such as {@code request -> request.seed(7).batch(16)}; what it captures travels to executors. */
@FunctionalInterface
public interface RequestSettings extends Serializable {

    /** Sets what it has to say, and returns the request. */
    ImageRequestBuilder addTo(ImageRequestBuilder request);

    /** Returns these settings followed by others. */
    default RequestSettings and(RequestSettings others) {
        return request -> others.addTo(addTo(request));
    }
}
