package dev.mmgen.torch;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A system and processor, and how native libraries are named and laid out there. Those of libtorch are the ones in Bytedeco's jars;
 * there is no such jar for Linux on ARM.
 *
 * @param name {@code <os>-<arch>} as in the classifiers of the jars, such as {@code linux-x86_64}
 */
record NativePlatform(String name) {

    /** The platforms that libmmtorch is built for. */
    static final List<NativePlatform> BUILT = List.of(
            new NativePlatform("linux-x86_64"),
            new NativePlatform("linux-arm64"),
            new NativePlatform("macosx-arm64"),
            new NativePlatform("macosx-x86_64"),
            new NativePlatform("windows-x86_64"));

    /** The one that Maven's dependencies bring by themselves. */
    private static final String DEFAULT = "linux-x86_64";

    private static final String TORCH_JAR = "org.bytedeco:pytorch with classifier ";

    /** Returns the platform of Java's properties {@code os.name} and {@code os.arch}. */
    static NativePlatform of(@Nullable String osName, @Nullable String osArch) {
        String os = String.valueOf(osName).toLowerCase(Locale.ROOT);
        String arch = String.valueOf(osArch).toLowerCase(Locale.ROOT);
        return new NativePlatform((os.startsWith("mac") ? "macosx" : os.startsWith("windows") ? "windows" : os)
                + "-"
                + switch (arch) {
                    case "amd64" -> "x86_64";
                    case "aarch64" -> "arm64";
                    default -> arch;
                });
    }

    boolean isLinux() {
        return name.startsWith("linux-");
    }

    /** Returns a library's file name, as {@link System#mapLibraryName} does for the system at hand. */
    String library(String base) {
        if (name.startsWith("windows-")) {
            return base + ".dll";
        }
        return "lib" + base + (name.startsWith("macosx-") ? ".dylib" : ".so");
    }

    /** The OpenMP runtime of libtorch's jar, which is opened before the BLAS; Windows has its own. */
    List<String> openMp() {
        return switch (name) {
            case "macosx-arm64" -> List.of("libomp.dylib");
            case "macosx-x86_64" -> List.of("libiomp5.dylib");
            case "windows-x86_64" -> List.of();
            default -> List.of("libgomp.so.1");
        };
    }

    /** The libraries of libtorch's jar that are opened after the BLAS, in this order; {@code torch_cpu} is the last. */
    List<String> libtorch() {
        return name.startsWith("windows-")
                ? List.of("uv.dll", library("c10"), library("torch_cpu"))
                : List.of(library("c10"), library("torch_cpu"));
    }

    /** The libraries for CUDA that the jar with the classifier {@link #gpu()} has beside those for the CPU, opened after them. */
    List<String> cuda() {
        return List.of(library("c10_cuda"), library("torch_cuda"), library("torch"));
    }

    /** The library that libtorch opens by itself, in its own folder, for the first operator of linear algebra on a GPU. */
    String cudaAlgebra() {
        return library("torch_cuda_linalg");
    }

    /** The classifier of libtorch's jar with CUDA; it holds the libraries for the CPU, too. */
    String gpu() {
        return name + "-gpu";
    }

    /** True where a library finds others among those that are open, by their names; elsewhere they lie in its folder. */
    boolean findsOpenLibraries() {
        return isLinux();
    }

    /** Returns what to do where no jar of libtorch is on the class path. */
    String libtorchRemedy() {
        String own = "name a libtorch of your own with -Dmmgen.libtorch=<folder> or LIBTORCH.";
        if (name.equals(DEFAULT)) {
            return "Add " + TORCH_JAR + name + ", which comes with mmgen-bindings unless excluded, or " + own;
        }
        return name.equals("linux-arm64") || !BUILT.contains(this)
                ? "Maven Central has none for " + name + ": " + own
                : "Add " + TORCH_JAR + name + " (mmgen-bindings brings that of " + DEFAULT + " only) and "
                        + Blas.OPENBLAS.jar(this) + ", or " + own;
    }

    /** Returns what to do where libmmtorch is not on the class path. */
    String shimRemedy() {
        return BUILT.contains(this)
                ? "Add dev.mmgen:mmgen-native" + (name.equals(DEFAULT) ? "" : " with classifier " + name)
                        + ", of the same version as mmgen-bindings; or build native/ with CMake and put the folder that"
                        + " holds META-INF on the class path."
                : "Build native/ with CMake, put the folder that holds META-INF on the class path and name a libtorch of"
                        + " your own with -Dmmgen.libtorch=<folder>.";
    }

    @Override
    public String toString() {
        return name;
    }
}
