package dev.mmgen.torch;

import dev.mmgen.torch.ffi.nccl.NcclLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The search for NCCL's library. libtorch_cuda is linked with it, so that as a rule it is open already; that one is taken. The generated
 * code asks for it by its name only, which finds it once it is open.
 *
 * @param libtorch the folder of libtorch's libraries; null where that is unknown
 */
record NcclSearch(@Nullable Path libtorch) {

    static final String NAME = "libnccl.so.2";

    /** The oldest release that connects without blocking, so that a rank that is missing is noticed. */
    private static final int OLDEST = 21_400;

    /** The files at which a folder of libtorch may have it: beside its own libraries, and in pip's package beside torch. */
    List<Path> places() {
        return libtorch == null
                ? List.of()
                : List.of(
                        libtorch.resolve(NAME),
                        libtorch.resolve("../../nvidia/nccl/lib").normalize().resolve(NAME));
    }

    /**
     * Opens it for the rest of the process.
     *
     * @return its release, such as {@code 2.27.3}
     * @throws TorchException if it is nowhere, or too old
     */
    String open() {
        SymbolLookup library = byName();
        if (library == null) {
            places().stream().filter(Files::isRegularFile).findFirst().ifPresent(NcclSearch::open);
            library = byName();
        }
        if (library == null) {
            throw new TorchException(
                    "NCCL, which carries tensors between GPUs, is nowhere: " + NAME
                            + " is not open in this process, not where the system looks (LD_LIBRARY_PATH), and not among "
                            + places().stream().map(Path::toString).collect(Collectors.joining(", "))
                            + ". Take a libtorch with CUDA, such as pip's torch, which brings it; or exchange tensors on the CPU");
        }
        if (library.find("ncclGetVersion").isEmpty()) {
            throw new TorchException(NAME + " has no ncclGetVersion, so it is no NCCL; reinstall it");
        }
        int version = version();
        if (version < OLDEST) {
            throw new TorchException("NCCL " + text(version) + " is too old; use " + text(OLDEST) + " or newer");
        }
        return text(version);
    }

    private static void open(Path file) {
        try {
            NativeShim.open(file, false);
        } catch (LibtorchException e) {
            throw new TorchException(String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable SymbolLookup byName() {
        try {
            return SymbolLookup.libraryLookup(NAME, Arena.global());
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(ValueLayout.JAVA_INT);
            int result = NcclLibrary.ncclGetVersion(version);
            if (result != NcclLibrary.NCCL_SUCCESS()) {
                throw new TorchException("NCCL does not tell its release (error " + result + "); reinstall it");
            }
            return version.get(ValueLayout.JAVA_INT, 0);
        }
    }

    private static String text(int version) {
        return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }
}
