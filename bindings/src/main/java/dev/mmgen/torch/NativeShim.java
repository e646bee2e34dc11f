package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The functions of libmmtorch that open libtorch and tell about it. Those on tensors go through {@link Call}. */
final class NativeShim {

    private NativeShim() {}

    /**
     * Makes libmmtorch's functions visible to the generated code: a library loaded by this class is searched for the
     * symbols of its whole class loader.
     *
     * @throws LibtorchException if the file cannot be loaded or belongs to another release
     */
    static void load(Path shim) {
        requireWhole(shim);
        try {
            System.load(shim.toString());
        } catch (UnsatisfiedLinkError e) {
            String reason = String.valueOf(e.getMessage());
            throw new LibtorchException("Cannot load " + shim + ": " + reason + hint(reason), e);
        }
        int contract = MmTorch.mmt_contract();
        if (contract != MmTorch.MMT_CONTRACT()) {
            throw new LibtorchException(shim + " is built for contract " + contract + ", these classes for "
                    + MmTorch.MMT_CONTRACT() + ": use mmgen-native and mmgen-bindings of the same release.");
        }
    }

    /** Sets a variable of the process's environment unless it is set: for what a library reads when it is opened. */
    static void setDefault(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            if (MmTorch.mmt_set_default(arena.allocateFrom(name), arena.allocateFrom(value), error)
                    != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
        }
    }

    /** Takes back a variable that {@link #setDefault} has set: processes that this one starts would inherit it. */
    static void unset(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            if (MmTorch.mmt_unset(arena.allocateFrom(name), error) != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
        }
    }

    /**
     * Opens a library for the rest of the process.
     *
     * @param global whether libraries opened later see its symbols
     * @throws LibtorchException with the dynamic linker's own words
     */
    static void open(Path library, boolean global) {
        requireWhole(library);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment path = arena.allocateFrom(library.toString());
            if (MmTorch.mmt_open_library(path, global ? 1 : 0, error) != MmTorch.MMT_OK()) {
                String reason = takeText(error);
                throw new LibtorchException("Cannot open " + library + ": " + reason + hint(reason));
            }
        }
    }

    /**
     * Looks up libtorch's functions.
     *
     * @return the names of those that this libtorch lacks; calls that need them fail
     * @throws LibtorchException if it lacks one without which nothing works
     */
    static List<String> bind(Path torchCpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment missing = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment path = arena.allocateFrom(torchCpu.toString());
            if (MmTorch.mmt_bind(path, missing, error) != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
            return takeText(missing).lines().toList();
        }
    }

    /**
     * Lets the end of the process wait for calls that are under way. The C library runs what was registered last first, and
     * libtorch makes globals on first use, so this registers as late as Java can: in a shutdown hook.
     *
     * @param atOnce whether the process then ends without destroying anything, where the C library is glibc
     */
    static void waitAtExit(boolean atOnce) {
        // Looked up now: when the hook runs, the class loader may be closed.
        MmTorch.mmt_wait_at_exit$handle();
        Thread hook = new Thread(() -> registerWaiting(atOnce), "libtorch-exit");
        // Not the one of whoever happens to load libtorch first, which could then never be collected.
        hook.setContextClassLoader(null);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            registerWaiting(atOnce);
        }
    }

    private static void registerWaiting(boolean atOnce) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            if (MmTorch.mmt_wait_at_exit(atOnce ? 1 : 0, error) != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
        }
    }

    /** Sets the threads of one operator. */
    static void setThreads(int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            if (MmTorch.mmt_set_threads(count, error) != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
        }
    }

    /**
     * Lets convolutions use NNPACK or not.
     *
     * @return false where this libtorch has no such switch
     */
    static boolean setNnpack(Path torchCpu, boolean enabled) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment path = arena.allocateFrom(torchCpu.toString());
            boolean done = MmTorch.mmt_set_nnpack(path, enabled ? 1 : 0, error) == MmTorch.MMT_OK();
            if (!done) {
                takeText(error);
            }
            return done;
        }
    }

    /** Returns the release of the libtorch that is bound. */
    static LibtorchVersion version() {
        return LibtorchVersion.ofWord(ask(MmTorch::mmt_version));
    }

    static int threads() {
        return (int) ask(MmTorch::mmt_threads);
    }

    static int cudaDevices() {
        return (int) ask(MmTorch::mmt_cuda_devices);
    }

    /** A function of the shim that answers with one number of up to 8 bytes. */
    private interface Question {
        int ask(MemorySegment out, MemorySegment error);
    }

    private static long ask(Question question) {
        try (Arena arena = Arena.ofConfined()) {
            // Zeroed, so that on little-endian machines, and libtorch is for no others, a 4-byte answer reads the same.
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment error = arena.allocate(ValueLayout.ADDRESS);
            if (question.ask(out, error) != MmTorch.MMT_OK()) {
                throw new LibtorchException(takeText(error));
            }
            return out.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    private static void requireWhole(Path library) {
        try {
            if (Files.exists(library) && !Files.isRegularFile(library)) {
                throw new LibtorchException("Cannot open " + library + ": it is not a regular file. Reinstall it.");
            }
            if (ElfFile.isCutShort(library)) {
                throw new LibtorchException("Cannot open " + library + ": the file is cut short. Reinstall it.");
            }
        } catch (IOException e) {
            throw new LibtorchException("Cannot read " + library + ": " + FileReason.reading(e), e);
        }
    }

    /** Copies and frees the text to which a cell points; empty if there is none. */
    private static String takeText(MemorySegment cell) {
        MemorySegment text = cell.get(ValueLayout.ADDRESS, 0);
        if (text.address() == 0) {
            return "";
        }
        String copy = text.reinterpret(Long.MAX_VALUE).getString(0);
        MmTorch.mmt_free_text(text);
        return copy;
    }

    private static String hint(String reason) {
        if (reason.contains("failed to map segment")) {
            return ". Is the folder on a file system mounted noexec? Another is given with -Dmmgen.cache=<folder>.";
        }
        if (reason.contains("libstdc++.so.6") || reason.contains("libgcc_s.so.1")) {
            return ". Install the system's C++ runtime (package libstdc++6 or libstdc++).";
        }
        if (reason.contains("libcu") || reason.contains("libnccl") || reason.contains("libnvrtc")) {
            return ". Libraries of CUDA are missing: install CUDA and cuDNN of the release that is asked for, or put their folders"
                    + " into LD_LIBRARY_PATH; or take the libtorch for the CPU.";
        }
        if (reason.contains("specified module could not be found")) {
            return ". Install Microsoft's Visual C++ Redistributable for x64, which brings VCOMP140.dll and MSVCP140.dll.";
        }
        if (reason.contains("already loaded in another classloader")) {
            return ". Load MMGen in one class loader only, such as the one that the applications share.";
        }
        return "";
    }
}
