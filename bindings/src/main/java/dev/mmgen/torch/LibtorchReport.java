package dev.mmgen.torch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of loading libtorch, for a human to read. Where loading failed it holds the facts known by then.
 *
 * @param source the class path, or the setting that names a folder
 * @param folder where libtorch's libraries lie
 * @param version libtorch's release, such as {@code 2.13.0}
 * @param blas {@code mkl}, {@code openblas}, or that of a libtorch of the user's own
 * @param cache the folder to which libraries are extracted
 * @param shim the file of libmmtorch
 * @param loadMillis how long finding, extracting and loading took
 * @param missing functions that this libtorch lacks; what needs them fails
 * @param threads libtorch's threads for one operator, 0 where it is not loaded
 * @param threadsSource where that number comes from, such as {@code one per physical core}
 * @param devices the devices that can be used, such as {@code cpu} and {@code cuda:0}; empty where it is not loaded
 * @param failure why libtorch cannot be used, null if it can
 */
public record LibtorchReport(
        String source,
        @Nullable Path folder,
        @Nullable String version,
        String blas,
        @Nullable Path cache,
        @Nullable Path shim,
        long loadMillis,
        List<String> missing,
        int threads,
        String threadsSource,
        List<String> devices,
        @Nullable String failure) {

    public LibtorchReport {
        missing = List.copyOf(missing);
        devices = List.copyOf(devices);
    }

    LibtorchReport with(int nowThreads, List<String> nowDevices) {
        return new LibtorchReport(
                source,
                folder,
                version,
                blas,
                cache,
                shim,
                loadMillis,
                missing,
                nowThreads,
                nowThreads == threads ? threadsSource : "set by this program",
                nowDevices,
                failure);
    }

    /** Returns true if libtorch can be used. */
    public boolean isLoaded() {
        return failure == null;
    }

    /** Returns one line for each fact; unknown ones are left out. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        add(lines, "libtorch", isLoaded() ? version == null ? "loaded" : version : "not loaded");
        add(lines, "reason", failure);
        add(lines, "source", source);
        add(lines, "folder", folder);
        add(lines, "blas", blas);
        add(lines, "threads", threads == 0 ? null : threads + " (" + threadsSource + ")");
        add(lines, "devices", devices.isEmpty() ? null : String.join(", ", devices));
        add(lines, "shim", shim);
        add(lines, "cache", cache);
        add(lines, "loaded in", isLoaded() ? loadMillis + " ms" : null);
        add(lines, "missing", missing.isEmpty() ? null : String.join(", ", missing));
        return List.copyOf(lines);
    }

    @Override
    public String toString() {
        return String.join(System.lineSeparator(), lines());
    }

    private static void add(List<String> lines, String label, @Nullable Object value) {
        if (value != null) {
            lines.add(String.format(Locale.ROOT, "%-10s %s", label, value));
        }
    }
}
