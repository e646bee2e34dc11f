package dev.mmgen;

import dev.mmgen.torch.TorchException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory that ran out in a request, told by what was too large and the remedy: the JVM and libtorch know neither. */
final class MemoryShortage {

    /** The words of libtorch's allocators, alloc_cpu.cpp and CUDACachingAllocator.cpp in c10, and of our own layer. */
    private static final Pattern NATIVE =
            Pattern.compile("(?i)(?:tried to allocate|sizes, multiplied, need) ([0-9.^]+ [a-z]+)");

    private static final Pattern HEAP = Pattern.compile("(?i)heap space|gc overhead|array size");

    private MemoryShortage() {}

    /** Returns a failure of the same class that names the images, or the failure itself if it is another one. */
    static Throwable named(Throwable failure, List<ImagePart> parts) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof OutOfMemoryError && HEAP.matcher(message).find()) {
            long heap = Runtime.getRuntime().maxMemory() >> 20;
            OutOfMemoryError error =
                    new OutOfMemoryError(text(parts) + " do not fit into the Java heap of " + heap + " MB (" + message
                            + "); ask for fewer or smaller ones, read them from stream(), or give more with -Xmx");
            error.initCause(failure);
            return error;
        }
        Matcher refused = NATIVE.matcher(message);
        if (failure instanceof TorchException && refused.find()) {
            return new TorchException(
                    text(parts) + " need a tensor of " + refused.group(1)
                            + ", for which there is no memory; ask for a smaller size or batch",
                    failure);
        }
        return failure;
    }

    private static String text(List<ImagePart> parts) {
        ImageRequest first = parts.getFirst().request();
        long samples = parts.stream().mapToLong(ImagePart::samples).sum();
        return samples + " images of " + first.width() + " x " + first.height() + " pixels, "
                + Math.min(first.series().batch(), samples) + " at once,";
    }
}
