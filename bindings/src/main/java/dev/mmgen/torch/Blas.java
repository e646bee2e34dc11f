package dev.mmgen.torch;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The linear algebra behind the libtorch of the class path, in the order of preference. MKL shares libtorch's OpenMP
 * threads. OpenBLAS, as Bytedeco builds it, brings threads of its own: inside libtorch's parallel loops, as in
 * attention, it is several times slower and writes a warning a call.
 *
 * <p>A libtorch of the user's own has its BLAS built in, and this choice does not touch it.
 */
enum Blas {
    /**
     * All kernels are taken, for every x86 processor: MKL opens the one for the processor by itself, and ends the
     * process when it is not there. What is opened is the forwarder that libtorch knows as OpenBLAS; it brings in the
     * rest.
     */
    MKL("org.bytedeco:mkl with classifier %s-redist", "org/bytedeco/mkl/%s/"),

    /** OpenBLAS with the Fortran runtime that it needs. */
    OPENBLAS("org.bytedeco:openblas with classifier %s", "org/bytedeco/openblas/%s/");

    private static final String FORWARDER = "libopenblas.so.0";

    private final String jar;
    private final String folder;

    Blas(String jar, String folder) {
        this.jar = jar;
        this.folder = folder;
    }

    /**
     * The one that the user chose, else the first whose jar is on the class path.
     *
     * @throws LibtorchException if the choice is unknown, or its jar or both are missing
     */
    static Blas choose(@Nullable String choice, ClassLoader classPath, NativePlatform platform) {
        if (choice == null) {
            return Arrays.stream(values())
                    .filter(blas -> blas.isOn(classPath, platform))
                    .findFirst()
                    .orElseThrow(() -> new LibtorchException("libtorch on the class path needs a BLAS there, too: add "
                            + Arrays.stream(values())
                                    .filter(blas -> blas.isFor(platform))
                                    .map(blas -> blas.jar(platform))
                                    .collect(Collectors.joining(", or "))
                            + "."));
        }
        Blas blas = Arrays.stream(values())
                .filter(candidate -> candidate.setting().equals(choice))
                .findFirst()
                .orElseThrow(() -> new LibtorchException("mmgen.blas is " + choice + "; it can be "
                        + Arrays.stream(values()).map(Blas::setting).collect(Collectors.joining(" or ")) + "."));
        if (!blas.isFor(platform)) {
            throw new LibtorchException(
                    "mmgen.blas is " + choice + ", which is not there for " + platform + "; unset it.");
        }
        if (!blas.isOn(classPath, platform)) {
            throw new LibtorchException("mmgen.blas is " + choice + ", but " + blas.jar(platform)
                    + " is not on the class path: add it, or unset mmgen.blas to use what is there.");
        }
        return blas;
    }

    /** The value of {@code mmgen.blas} that chooses this one. */
    String setting() {
        return name().toLowerCase(Locale.ROOT);
    }

    private boolean isFor(NativePlatform platform) {
        return this == OPENBLAS || platform.name().equals("linux-x86_64");
    }

    /** The libraries in its jar; all of them are extracted. */
    private List<String> libraries(NativePlatform platform) {
        if (this == MKL) {
            return List.of(
                    "libmkl_core.so.3",
                    "libmkl_intel_lp64.so.3",
                    "libmkl_gnu_thread.so.3",
                    "libmkl_def.so.3",
                    "libmkl_mc3.so.3",
                    "libmkl_avx2.so.3",
                    "libmkl_avx512.so.3",
                    "libmkl_avx10.so.3");
        }
        return switch (platform.name()) {
            case "linux-x86_64" -> List.of("libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");
            case "macosx-arm64", "macosx-x86_64" ->
                List.of("libgcc_s.1.1.dylib", "libquadmath.0.dylib", "libgfortran.5.dylib", "libopenblas.0.dylib");
            case "windows-x86_64" -> List.of("libopenblas.dll");
            default -> List.of("libgfortran.so.5", "libopenblas.so.0");
        };
    }

    /** The places of its libraries on the class path. */
    List<String> resources(NativePlatform platform) {
        Stream<String> fromJar = libraries(platform).stream().map(library -> in(folder, platform) + library);
        Stream<String> ours =
                this == MKL ? Stream.of(in("META-INF/native/%s/mkl/", platform) + FORWARDER) : Stream.of();
        return Stream.concat(fromJar, ours).toList();
    }

    /** The file names to open, in this order. */
    List<String> opened(NativePlatform platform) {
        return this == MKL ? List.of(FORWARDER) : libraries(platform);
    }

    /** The jar that holds it, as a message names it. */
    String jar(NativePlatform platform) {
        return in(jar, platform);
    }

    private boolean isOn(ClassLoader classPath, NativePlatform platform) {
        List<String> all = libraries(platform);
        String core = this == MKL ? all.getFirst() : all.getLast();
        return isFor(platform) && classPath.getResource(in(folder, platform) + core) != null;
    }

    private static String in(String pattern, NativePlatform platform) {
        return String.format(Locale.ROOT, pattern, platform);
    }
}
