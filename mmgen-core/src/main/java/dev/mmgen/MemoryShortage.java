package dev.mmgen;

import dev.mmgen.torch.TorchException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory that ran out in a request, told by what was too large and the remedy: the JVM and libtorch know neither. */
final class MemoryShortage {

    /** The words of libtorch's allocators, c10/core/impl/alloc_cpu.cpp and c10/cuda/CUDACachingAllocator.cpp. */
    private static final Pattern NATIVE =
            Pattern.compile("(?i)tried to allocate ([0-9.]+ [a-z]+)|storage size calculation overflowed");

    private static final Pattern HEAP = Pattern.compile("(?i)heap space|gc overhead|array size");

    private MemoryShortage() {}

    /** Returns a failure of the same class that names the request, or the failure itself if it is another one. */
    static Throwable named(Throwable failure, ImageRequest request) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof OutOfMemoryError && HEAP.matcher(message).find()) {
            long heap = Runtime.getRuntime().maxMemory() >> 20;
            OutOfMemoryError error = new OutOfMemoryError(
                    text(request) + " do not fit into the Java heap of " + heap + " MB (" + message
                            + "); ask for fewer or smaller ones, read them from stream(), or give more with -Xmx");
            error.initCause(failure);
            return error;
        }
        Matcher refused = NATIVE.matcher(message);
        if (failure instanceof TorchException && refused.find()) {
            String tensor = refused.group(1) == null ? "a larger tensor than can be" : "a tensor of " + refused.group(1);
            return new TorchException(
                    text(request) + " need " + tensor + ", for which there is no memory; ask for a smaller size or batch",
                    failure);
        }
        return failure;
    }

    private static String text(ImageRequest request) {
        int batch = Math.min(request.batch(), request.count());
        return request.count() + " images of " + request.width() + " x " + request.height() + " pixels, " + batch
                + " at once,";
    }
}
