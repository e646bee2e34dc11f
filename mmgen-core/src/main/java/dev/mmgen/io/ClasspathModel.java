package dev.mmgen.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model folder among the resources of a jar. Weights are mapped from files, so the resources are copied to a temporary
 * folder; once the model is open, {@link #close} may remove it.
 */
public final class ClasspathModel implements AutoCloseable {

    /** The beginning of a location that names resources. */
    public static final String PREFIX = "classpath:";

    private static final List<String> FILES = List.of(
            "config.json",
            "model.safetensors",
            ModelFolder.AUTOENCODER + "/config.json",
            ModelFolder.AUTOENCODER + "/diffusion_pytorch_model.safetensors");

    /** The files that a model may lack, after the others. */
    private static final List<String> OPTIONAL = List.of(
            ModelFolder.STUDENT + "/" + WeightDifference.FILE,
            ModelFolder.STUDENT + "/" + StudentSettings.WEIGHTS,
            ModelFolder.STUDENT + "/" + StudentSettings.SETTINGS);

    private final Path folder;

    private ClasspathModel(Path folder) {
        this.folder = folder;
    }

    /**
     * Copies a model's resources, found by the thread's context class loader or else by this library's.
     *
     * @param name of the folder among the resources, such as {@code mmgen-model-shapes}
     * @throws ModelFolderException if a resource is missing or cannot be copied
     */
    public static ClasspathModel open(String name) {
        ClasspathModel model = new ClasspathModel(temporaryFolder(name));
        try {
            for (String file : FILES) {
                if (!model.copy(name, file)) {
                    throw new ModelFolderException(
                            Path.of(name + "/" + file),
                            "is neither on the class path nor on the module path; add the dependency that brings the model, for"
                                    + " example dev.mmgen:mmgen-model-shapes");
                }
            }
            OPTIONAL.forEach(file -> model.copy(name, file));
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static Path temporaryFolder(String name) {
        try {
            return Files.createTempDirectory("mmgen-model-");
        } catch (IOException e) {
            throw new ModelFolderException(
                    Path.of(name),
                    "cannot be copied out of its jar: " + e + "; choose another folder with -Djava.io.tmpdir=FOLDER",
                    e);
        }
    }

    /** Returns false if there is no such file. */
    private boolean copy(String name, String file) {
        String resource = name + "/" + file;
        try (InputStream in = stream(name, file)) {
            if (in == null) {
                return false;
            }
            Files.createDirectories(folder.resolve(file).getParent());
            Files.copy(in, folder.resolve(file));
            return true;
        } catch (IOException e) {
            throw new ModelFolderException(
                    Path.of(resource),
                    "cannot be copied to " + folder + ": " + e + "; choose another folder with -Djava.io.tmpdir=FOLDER",
                    e);
        }
    }

    private static @Nullable InputStream stream(String name, String file) {
        String resource = name + "/" + file;
        ClassLoader own = ClasspathModel.class.getClassLoader();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        for (ClassLoader loader : context == null ? List.of(own) : List.of(context, own)) {
            InputStream found = loader.getResourceAsStream(resource);
            if (found != null) {
                return found;
            }
        }
        return ServiceLoader.load(PackagedModel.class, own).stream()
                .map(ServiceLoader.Provider::get)
                .filter(model -> model.name().equals(name))
                .findFirst()
                .map(model -> model.open(file))
                .orElse(null);
    }

    /** Returns the temporary folder, which opens like any model folder. */
    public Path folder() {
        return folder;
    }

    /** Leaves the folder until the process ends, for a model whose files are read again and again. */
    public Path keepUntilExit() {
        folder.toFile().deleteOnExit();
        contents().forEach(path -> path.toFile().deleteOnExit());
        return folder;
    }

    /** Removes the folder. A system that keeps mapped files removes it when the process ends. Closing twice has no effect. */
    @Override
    public void close() {
        contents().reversed().forEach(ClasspathModel::delete);
        delete(folder);
    }

    /** Returns what may lie in the folder, each folder before its files. */
    private List<Path> contents() {
        return Stream.of(Stream.of(ModelFolder.AUTOENCODER, ModelFolder.STUDENT), FILES.stream(), OPTIONAL.stream())
                .flatMap(names -> names)
                .map(folder::resolve)
                .toList();
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException _) {
            path.toFile().deleteOnExit();
        }
    }
}
