package dev.mmgen.torch;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The loading of libtorch, with notes of all that it finds, so that a failure is reported with what came before it. */
final class LibtorchLoader {

    private static final String TORCH_FOLDER = "org/bytedeco/pytorch/%s/";
    private static final String SHIM_FOLDER = "META-INF/native/%s/";

    /**
     * How long OpenMP threads spin at a barrier before they sleep. libgomp's own default, milliseconds, makes operators up to
     * four times slower as soon as anything else runs on the machine, be it the garbage collector.
     */
    private static final String SPIN_COUNT = "10000";

    private final LoadSettings settings;
    private final ClassLoader classPath;

    private String source = "none";
    private @Nullable Path folder;
    private @Nullable Path shim;
    private @Nullable LibtorchVersion version;
    private String blas = "unknown";
    private List<String> missing = List.of();
    private @Nullable DefaultThreads threads;

    LibtorchLoader(LoadSettings settings, ClassLoader classPath) {
        this.settings = settings;
        this.classPath = classPath;
    }

    /**
     * The outcome of loading.
     *
     * @param failure null if libtorch can be used
     */
    record Outcome(LibtorchReport report, @Nullable LibtorchException failure) {}

    /**
     * Loads what the process's settings, class path and module path offer.
     *
     * @throws IOException if the module path cannot be closed
     */
    static Outcome runForThisProcess() throws IOException {
        try (URLClassLoader resources =
                ModulePathFiles.behind(LibtorchLoader.class.getClassLoader(), System.getProperty("jdk.module.path"))) {
            return new LibtorchLoader(LoadSettings.ofThisProcess(), resources).run();
        }
    }

    Outcome run() {
        long start = System.nanoTime();
        LibtorchException failure = null;
        try {
            load();
        } catch (LibtorchException e) {
            failure = e;
        } catch (IllegalCallerException e) {
            failure = new LibtorchException(
                    "libtorch cannot be loaded: this Java denies native access; run it with"
                            + " --enable-native-access=ALL-UNNAMED, or =dev.mmgen.torch where the library lies on the module path",
                    e);
        } catch (Exception | Error e) {
            failure = new LibtorchException("libtorch cannot be loaded: " + e, e);
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        return new Outcome(report(millis, failure), failure);
    }

    private void load() {
        LibtorchSource found = LibtorchSource.of(settings);
        source = found.toString();
        var cache = new NativeCache(settings.cacheFolder());
        shim = extractShim(cache);
        NativeShim.load(shim);
        if (System.getenv("OMP_WAIT_POLICY") == null) {
            NativeShim.setDefault("GOMP_SPINCOUNT", SPIN_COUNT);
        }
        DefaultThreads wanted = DefaultThreads.of(settings);
        threads = wanted;
        if (settings.threadsVariable() == null) {
            // For threads whose first operator runs inside oneDNN or MKL, which ask OpenMP and not libtorch.
            NativeShim.setDefault(DefaultThreads.VARIABLE, Integer.toString(wanted.count()));
        }
        Path libraries = switch (found) {
            case LibtorchSource.Folder own -> openFolder(own.libraries());
            case LibtorchSource.ClassPath jars -> openJars(cache);
        };
        if (settings.threadsVariable() == null) {
            NativeShim.unset(DefaultThreads.VARIABLE);
        }
        Path torchCpu = libraries.resolve(settings.platform().library("torch_cpu"));
        missing = NativeShim.bind(torchCpu);
        version = NativeShim.version();
        version.requireSupported(source);
        NativeShim.setThreads(wanted.count());
        if (!NativeShim.setNnpack(torchCpu, settings.nnpack())) {
            missing = Stream.concat(missing.stream(), Stream.of("at::Context::setUserEnabledNNPACK"))
                    .toList();
        }
        NativeShim.waitAtExit(settings.exitAtOnce());
    }

    private Path extractShim(NativeCache cache) {
        String library = settings.platform().library("mmtorch");
        String resource = folder(SHIM_FOLDER, settings.platform()) + library;
        if (classPath.getResource(resource) == null) {
            throw new LibtorchException(resource + " is not on the class path. It is there for: "
                    + platformsOnClassPath() + ". " + settings.platform().shimRemedy());
        }
        return cache.extract(NativeSet.of("mmtorch", classPath, List.of(resource)))
                .resolve(library);
    }

    private static String folder(String pattern, NativePlatform platform) {
        return String.format(Locale.ROOT, pattern, platform);
    }

    private String platformsOnClassPath() {
        String found = NativePlatform.BUILT.stream()
                .filter(platform ->
                        classPath.getResource(folder(SHIM_FOLDER, platform) + platform.library("mmtorch")) != null)
                .map(NativePlatform::name)
                .collect(Collectors.joining(", "));
        return found.isEmpty() ? "no platform (is mmgen-native missing?)" : found;
    }

    private Path openFolder(Path libraries) {
        folder = libraries;
        blas = "the one built into this libtorch";
        Path base = libraries.resolve(System.mapLibraryName("c10"));
        if (Files.exists(base)) {
            // torch_cpu would bring it in, but then nobody looks whether the file is whole.
            NativeShim.open(base, false);
        }
        NativeShim.open(libraries.resolve(System.mapLibraryName("torch_cpu")), false);
        Path cuda = libraries.resolve(System.mapLibraryName("torch_cuda"));
        if (Files.exists(cuda)) {
            // Nothing refers to it: it registers its kernels when it is opened.
            NativeShim.open(cuda, false);
            NativeShim.open(libraries.resolve(System.mapLibraryName("torch")), false);
        }
        return libraries;
    }

    private Path openJars(NativeCache cache) {
        NativePlatform platform = settings.platform();
        boolean cuda = hasJar(platform.gpu());
        if (!cuda && !hasJar(platform.name())) {
            throw new LibtorchException("There is no libtorch: no " + jar(platform.name())
                    + platform.library("torch_cpu") + " on the class path. " + platform.libtorchRemedy());
        }
        String jar = jar(cuda ? platform.gpu() : platform.name());
        Blas chosen = Blas.choose(settings.blas(), classPath, platform);
        blas = chosen.setting();
        List<String> afterBlas = Stream.concat(
                        platform.libtorch().stream(), cuda ? platform.cuda().stream() : Stream.of())
                .toList();
        NativeSet torchSet = NativeSet.of(
                cuda ? "libtorch-cuda" : "libtorch",
                classPath,
                Stream.of(platform.openMp(), afterBlas, cuda ? List.of(platform.cudaAlgebra()) : List.<String>of())
                        .flatMap(List::stream)
                        .map(jar::concat)
                        .toList());
        NativeSet blasSet = NativeSet.of(blas, classPath, chosen.resources(platform));
        Path torch = cache.extract(platform.findsOpenLibraries() ? torchSet : torchSet.with(blasSet));
        folder = torch;
        Path algebra = platform.findsOpenLibraries() ? cache.extract(blasSet) : torch;

        // In this order each finds what it needs by name among those already open, although they lie in two folders.
        // MKL's kernels look for its core among the global symbols.
        platform.openMp().forEach(name -> NativeShim.open(torch.resolve(name), false));
        chosen.opened(platform).forEach(name -> NativeShim.open(algebra.resolve(name), chosen == Blas.MKL));
        afterBlas.forEach(name -> NativeShim.open(torch.resolve(name), false));
        return torch;
    }

    private boolean hasJar(String classifier) {
        return classPath.getResource(jar(classifier) + settings.platform().library("torch_cpu")) != null;
    }

    private static String jar(String classifier) {
        return String.format(Locale.ROOT, TORCH_FOLDER, classifier);
    }

    private LibtorchReport report(long millis, @Nullable LibtorchException failure) {
        return new LibtorchReport(
                source,
                folder,
                version == null ? null : version.toString(),
                blas,
                settings.cache(),
                shim,
                millis,
                missing,
                threads == null ? 0 : threads.count(),
                threads == null ? "unknown" : threads.source(),
                List.of(),
                failure == null ? null : failure.getMessage());
    }
}
