package dev.mmgen.train.data;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The index of Hypersim (Roberts et al., 2021) in the layout of the reference's preprocessing: {@code scene/cam_XX/}
 * with the folders {@code rgb}, {@code depth}, {@code normal} and {@code mask} ({@code data/gen_hypersim_jsonl.py}).
 */
public final class HypersimIndex {

    private static final String CATEGORY = "indoor";

    private final Path root;
    private final List<Path> photos;

    private HypersimIndex(Path root, List<Path> photos) {
        this.root = root;
        this.photos = photos;
    }

    /**
     * Finds the photos of a split.
     *
     * @param processed the folder of scenes
     * @param split     a text file with the name of one scene per line, in the order of the index
     * @throws DataException if a file cannot be read or there are no photos
     */
    public static HypersimIndex open(Path processed, Path split) {
        Path root = ImageFolder.root(processed);
        List<Path> photos = new ArrayList<>();
        for (String line : lines(split)) {
            if (!line.isBlank()) {
                for (Path camera : list(root.resolve(line.strip()), "cam_*")) {
                    photos.addAll(list(camera.resolve("rgb"), "*.png"));
                }
            }
        }
        if (photos.isEmpty()) {
            throw new DataException(root, "holds no photos of the scenes that " + split + " names");
        }
        return new HypersimIndex(root, photos);
    }

    private static List<String> lines(Path split) {
        try {
            return Files.readAllLines(split);
        } catch (CharacterCodingException e) {
            throw new DataException(split, "is not UTF-8 text; name the split's CSV file", e);
        } catch (IOException e) {
            throw new DataException(split, "cannot be read: " + FileReason.reading(e), e);
        }
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
                stream.forEach(found::add);
            } catch (IOException e) {
                throw new DataException(folder, "cannot be listed: " + FileReason.reading(e), e);
            }
        }
        found.sort(ImageFolder::compare);
        return found;
    }

    /** Writes pairs of a photo and its mask's file as JSON lines: the jobs of a program that finds segments. */
    public void writeSegmentationJobs(Path file) {
        List<Map<String, String>> jobs = new ArrayList<>();
        for (Path photo : photos) {
            Map<String, String> job = new LinkedHashMap<>();
            job.put("path_rgb", photo.toString());
            job.put("path_mask", mask(photo).toString());
            jobs.add(job);
        }
        JsonLines.write(file, jobs);
    }

    /**
     * Lists the samples that have all modalities.
     *
     * @param label class number of all; 1000, "none", for the released models
     * @throws DataException if there are none
     */
    public IndexBuilder.Result build(int label) {
        List<IndexEntry> entries = new ArrayList<>();
        Map<Path, List<Path>> incomplete = new LinkedHashMap<>();
        for (Path photo : photos) {
            Path camera = camera(photo);
            Path picture = Path.of(
                    ImageFolder.withSuffix(photo.getFileName(), ".vis.png").toString());
            Map<String, Path> images = new LinkedHashMap<>();
            images.put("rgb", photo);
            images.put("depth", camera.resolve("depth").resolve(picture));
            images.put("normal", camera.resolve("normal").resolve(picture));
            images.put("mask", mask(photo));
            List<Path> missing = ImageFolder.missing(images.values());
            if (missing.isEmpty()) {
                Path key = root.relativize(camera).resolve(photo.getFileName());
                entries.add(new IndexEntry(CATEGORY, label, ImageFolder.posix(key), images));
            } else {
                incomplete.put(photo, missing);
            }
        }
        if (entries.isEmpty()) {
            throw new DataException(root, "holds no photo with depth, normal and mask beside it");
        }
        return new IndexBuilder.Result(JsonlIndex.of(entries), Collections.unmodifiableMap(incomplete));
    }

    private static Path mask(Path photo) {
        return camera(photo).resolve("mask").resolve(photo.getFileName());
    }

    private static Path camera(Path photo) {
        return ImageFolder.parent(ImageFolder.parent(photo));
    }
}
