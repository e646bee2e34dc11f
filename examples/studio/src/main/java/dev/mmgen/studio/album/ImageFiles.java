package dev.mmgen.studio.album;

import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.geometry.GlbFile;
import dev.mmgen.geometry.PlyFile;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.TriangleMesh;
import dev.mmgen.studio.http.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The files of an image as the command line writes them, made when they are asked for: {@code depth.png} and the like, 16 bits as
 * {@code depth.16.png}, numbers as {@code depth.npy}, {@code depth.uncertainty.png}, {@code scene.glb} and {@code scene.ply}, all as
 * {@code all.zip}. They pass through a folder of their own in the system's temporary one, which is removed at once.
 */
public final class ImageFiles {

    private static final String NAME = "image";
    private static final Map<String, String> TYPES = Map.of(
            "png", "image/png",
            "npy", "application/octet-stream",
            "glb", "model/gltf-binary",
            "ply", "application/octet-stream",
            "zip", "application/zip");

    private final StoredImage stored;

    public ImageFiles(StoredImage stored) {
        this.stored = stored;
    }

    /** Returns the media type of a file by its name. */
    public static String type(String name) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw missing(name);
        }
        return type;
    }

    /**
     * Returns a file.
     *
     * @throws Problem if there is none of that name, or nothing in the scene is left to make a mesh of
     */
    public byte[] file(String name) {
        byte[] extra = stored.extras().get(name);
        if (extra != null) {
            return extra;
        }
        return switch (name) {
            case "scene.glb" -> mesh(GlbFile::write);
            case "scene.ply" -> mesh(PlyFile::write);
            case "all.zip" -> zip();
            default -> {
                stored.modality(name.substring(0, Math.max(0, name.indexOf('.'))));
                byte[] file = written(
                                name.endsWith(".npy")
                                        ? folder -> stored.image().writeRaw(folder, NAME, RawFormat.NPY)
                                        : name.endsWith(".16.png")
                                                ? folder -> stored.image().writeRaw(folder, NAME, RawFormat.PNG16)
                                                : folder -> stored.image().write(folder, NAME))
                        .get(NAME + "." + name);
                if (file == null) {
                    throw missing(name);
                }
                yield file;
            }
        };
    }

    private static Problem missing(String name) {
        return new Problem(
                Problem.Kind.NOT_FOUND,
                "this image has no file '" + name + "'; images have MODALITY.png, .16.png and .npy, those of an"
                        + " ensemble MODALITY.uncertainty.png and .npy too, and scene.glb, scene.ply and all.zip");
    }

    private byte[] mesh(BiConsumer<TriangleMesh, OutputStream> format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            format.accept(Reconstruction.of(stored.image()).mesh(), bytes);
        } catch (NoSuchElementException | IllegalStateException | IllegalArgumentException e) {
            throw new Problem(Problem.Kind.IMPOSSIBLE, String.valueOf(e.getMessage()), e);
        }
        return bytes.toByteArray();
    }

    private byte[] zip() {
        Map<String, byte[]> files = new TreeMap<>(stored.extras());
        MultiModalImage image = stored.image();
        files.putAll(written(folder -> {
            image.write(folder, NAME);
            image.writeRaw(folder, NAME, RawFormat.NPY);
            image.writeRaw(folder, NAME, RawFormat.PNG16);
        }));
        try {
            files.putIfAbsent("scene.glb", mesh(GlbFile::write));
        } catch (Problem _) {
            // Not every image has a scene to make a mesh of; the others are the rest.
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private interface Writing {
        void into(Path folder);
    }

    /** Returns what is written into a folder, by name, and removes it. */
    private static Map<String, byte[]> written(Writing writing) {
        try {
            Path folder = Files.createTempDirectory("mmgen-studio-");
            try {
                writing.into(folder);
                Map<String, byte[]> files = new TreeMap<>();
                for (Path file : list(folder)) {
                    files.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
                }
                return files;
            } finally {
                for (Path file : list(folder)) {
                    Files.delete(file);
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the temporary folder cannot be used; choose another with -Djava.io.tmpdir=FOLDER", e);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
