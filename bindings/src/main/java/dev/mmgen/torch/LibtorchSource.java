package dev.mmgen.torch;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** The origin of libtorch: a folder, or the class path. A folder that the user names is final: nothing else is tried when it fails. */
sealed interface LibtorchSource {

    /** @throws LibtorchException if a folder is named in which there is no libtorch */
    static LibtorchSource of(LoadSettings settings) {
        if (settings.libtorchProperty() != null) {
            return Folder.of("system property mmgen.libtorch", settings.libtorchProperty());
        }
        if (settings.libtorchVariable() != null) {
            return Folder.of("environment variable LIBTORCH", settings.libtorchVariable());
        }
        return new ClassPath();
    }

    /**
     * A libtorch that the user has.
     *
     * @param setting the setting that names it
     * @param libraries the folder of {@code libtorch_cpu}
     */
    record Folder(String setting, Path libraries) implements LibtorchSource {

        /** In a library folder itself, in an unpacked libtorch or Python's {@code torch}, in {@code site-packages}. */
        private static final List<String> PLACES = List.of("", "lib", "torch/lib");

        private static Folder of(String setting, String value) {
            String library = System.mapLibraryName("torch_cpu");
            Path folder = path(setting, value);
            return PLACES.stream()
                    .map(folder::resolve)
                    .filter(place -> Files.isRegularFile(place.resolve(library)))
                    .findFirst()
                    .map(place -> new Folder(setting, place.normalize()))
                    .orElseThrow(() -> new LibtorchException("No libtorch in " + folder + ", which the " + setting
                            + " names: " + fault(folder, library) + " Give the unpacked libtorch, its lib folder or"
                            + " Python's torch folder; or unset it to use libtorch from the class path."));
        }

        private static Path path(String setting, String value) {
            try {
                return Path.of(value).toAbsolutePath();
            } catch (InvalidPathException e) {
                throw new LibtorchException("The " + setting + " is not a path: " + value, e);
            }
        }

        private static String fault(Path folder, String library) {
            if (!Files.exists(folder)) {
                return "it does not exist.";
            }
            return Files.isDirectory(folder)
                    ? library + ", lib/" + library + " and torch/lib/" + library + " are not there."
                    : "it is not a folder.";
        }

        @Override
        public String toString() {
            return setting;
        }
    }

    /** The jars that come with the Maven dependency. */
    record ClassPath() implements LibtorchSource {

        @Override
        public String toString() {
            return "class path";
        }
    }
}
