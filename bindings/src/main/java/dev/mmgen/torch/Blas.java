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
    MKL(
            "org.bytedeco:mkl with classifier %s-redist",
            "org/bytedeco/mkl/%s/",
            List.of(
                    "libmkl_core.so.3",
                    "libmkl_intel_lp64.so.3",
                    "libmkl_gnu_thread.so.3",
                    "libmkl_def.so.3",
                    "libmkl_mc3.so.3",
                    "libmkl_avx2.so.3",
                    "libmkl_avx512.so.3",
                    "libmkl_avx10.so.3"),
            List.of("META-INF/native/%s/mkl/libopenblas.so.0"),
            List.of("libopenblas.so.0")),

    /** OpenBLAS with the Fortran runtime that it needs. */
    OPENBLAS(
            "org.bytedeco:openblas with classifier %s",
            "org/bytedeco/openblas/%s/",
            List.of("libopenblas.so.0", "libquadmath.so.0", "libgfortran.so.5"),
            List.of(),
            List.of("libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0"));

    private final String jar;
    private final String folder;
    private final List<String> fromJar;
    private final List<String> fromElsewhere;
    private final List<String> opened;

    Blas(String jar, String folder, List<String> fromJar, List<String> fromElsewhere, List<String> opened) {
        this.jar = jar;
        this.folder = folder;
        this.fromJar = fromJar;
        this.fromElsewhere = fromElsewhere;
        this.opened = opened;
    }

    /**
     * The one that the user chose, else the first whose jar is on the class path.
     *
     * @throws LibtorchException if the choice is unknown, or its jar or both are missing
     */
    static Blas choose(@Nullable String choice, ClassLoader classPath, String platform) {
        if (choice == null) {
            return Arrays.stream(values())
                    .filter(blas -> blas.isOn(classPath, platform))
                    .findFirst()
                    .orElseThrow(() -> new LibtorchException("libtorch on the class path needs a BLAS there, too: add "
                            + MKL.jar(platform) + ", or " + OPENBLAS.jar(platform) + "."));
        }
        Blas blas = Arrays.stream(values())
                .filter(candidate -> candidate.setting().equals(choice))
                .findFirst()
                .orElseThrow(() -> new LibtorchException("mmgen.blas is " + choice + "; it can be "
                        + Arrays.stream(values()).map(Blas::setting).collect(Collectors.joining(" or ")) + "."));
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

    List<String> resources(String platform) {
        return Stream.concat(fromJar.stream().map(folder::concat), fromElsewhere.stream())
                .map(resource -> String.format(Locale.ROOT, resource, platform))
                .toList();
    }

    /** The file names to open, in this order. */
    List<String> opened() {
        return opened;
    }

    private String jar(String platform) {
        return String.format(Locale.ROOT, jar, platform);
    }

    private boolean isOn(ClassLoader classPath, String platform) {
        return classPath.getResource(resources(platform).getFirst()) != null;
    }
}
