package dev.mmgen.torch;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of user and machine for loading, before any file is looked for. An empty value counts as unset.
 *
 * @param libtorchProperty system property {@code mmgen.libtorch}
 * @param libtorchVariable environment variable {@code LIBTORCH}
 * @param blas system property {@code mmgen.blas}
 * @param threadsProperty system property {@code mmgen.threads}
 * @param threadsVariable environment variable {@code OMP_NUM_THREADS}
 * @param nnpack system property {@code mmgen.nnpack}: true to let convolutions use NNPACK
 * @param exitAtOnce system property {@code mmgen.exit}, {@code at-once}: true to end the process without libtorch's destructors
 * @param cache where libraries are extracted to; null if no folder can be told
 * @param platform of this JVM
 */
record LoadSettings(
        @Nullable String libtorchProperty,
        @Nullable String libtorchVariable,
        @Nullable String blas,
        @Nullable String threadsProperty,
        @Nullable String threadsVariable,
        boolean nnpack,
        boolean exitAtOnce,
        @Nullable Path cache,
        NativePlatform platform) {

    static LoadSettings ofThisProcess() {
        return of(System::getProperty, System::getenv);
    }

    static LoadSettings of(
            Function<String, @Nullable String> properties, Function<String, @Nullable String> environment) {
        return new LoadSettings(
                set(properties.apply("mmgen.libtorch")),
                set(environment.apply("LIBTORCH")),
                set(properties.apply("mmgen.blas")),
                set(properties.apply(DefaultThreads.PROPERTY)),
                set(environment.apply(DefaultThreads.VARIABLE)),
                "true".equals(properties.apply("mmgen.nnpack")),
                "at-once".equals(properties.apply("mmgen.exit")),
                cache(
                        set(properties.apply("mmgen.cache")),
                        set(environment.apply("XDG_CACHE_HOME")),
                        set(properties.apply("user.home"))),
                NativePlatform.of(properties.apply("os.name"), properties.apply("os.arch")));
    }

    /**
     * Returns the folder to which libraries are extracted.
     *
     * @throws LibtorchException if neither the user nor the machine names a folder
     */
    Path cacheFolder() {
        if (cache == null) {
            throw new LibtorchException(
                    "There is no folder to extract libtorch to: this user has no home folder, or its"
                            + " name has letters that the locale's charset lacks (LC_ALL=C.UTF-8 helps then)."
                            + " Name a folder with -Dmmgen.cache=<folder>.");
        }
        return cache;
    }

    private static @Nullable Path cache(@Nullable String own, @Nullable String xdg, @Nullable String home) {
        if (own != null) {
            Path named = path(own);
            return named == null ? null : named.toAbsolutePath();
        }
        // The XDG specification says that a relative path is to be ignored; a JVM without a home folder answers "?".
        Path base = path(xdg);
        if (base != null && base.isAbsolute()) {
            return base.resolve("mmgen");
        }
        Path user = path(home);
        return user != null && user.isAbsolute() ? user.resolve(".cache").resolve("mmgen") : null;
    }

    /** Returns null for a name with letters that the locale's charset lacks, as under {@code LC_ALL=C}. */
    private static @Nullable Path path(@Nullable String name) {
        try {
            return name == null ? null : Path.of(name);
        } catch (InvalidPathException _) {
            return null;
        }
    }

    private static @Nullable String set(@Nullable String value) {
        return value == null || value.isBlank() ? null : value;
    }
}
