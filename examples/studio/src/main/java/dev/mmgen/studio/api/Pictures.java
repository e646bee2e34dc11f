package dev.mmgen.studio.api;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.DepthCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.modality.NormalCoding;
import dev.mmgen.studio.http.Form;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.limit.Limits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The uploaded pictures of a request. At most two are decoded at once, since a photo of 40 megapixels takes a few hundred megabytes
 * meanwhile; a picture of more pixels than the limit is refused by its header.
 */
final class Pictures {

    private final Limits limits;
    private final Semaphore decoders = new Semaphore(2);

    Pictures(Limits limits) {
        this.limits = limits;
    }

    /**
     * The coding of depth and normals in the uploaded files.
     *
     * @param depth   near in white by default
     * @param normals OpenGL's convention by default
     */
    record Coding(DepthCoding depth, NormalCoding normals) {

        static Coding of(Fields fields) {
            return new Coding(
                    Objects.requireNonNullElse(
                            fields.choice("depthCoding", DepthCoding.class), DepthCoding.NEAR_IS_WHITE),
                    Objects.requireNonNullElse(fields.choice("normalCoding", NormalCoding.class), NormalCoding.OPENGL));
        }
    }

    /**
     * Reads the pictures of modalities; parts of other names are errors.
     *
     * @param others names of parts that are read elsewhere
     */
    Map<Modality, RgbImage> modalities(Form form, ModalitySet known, Coding coding, String... others) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        Set<String> elsewhere = Set.of(others);
        form.files().forEach((name, file) -> {
            if (!elsewhere.contains(name)) {
                Modality modality = modality(name, known, elsewhere);
                if (pictures.put(modality, picture(modality, file, coding)) != null) {
                    throw new Problem(Problem.Kind.INVALID, "the modality '" + modality + "' is given twice");
                }
            }
        });
        return pictures;
    }

    private static Modality modality(String name, ModalitySet known, Set<String> others) {
        try {
            if (name.length() <= 64) {
                return known.find(name);
            }
        } catch (NoSuchElementException _) {
            // Said below, with the other parts.
        }
        Set<String> names = new LinkedHashSet<>();
        known.forEach(modality -> names.add(modality.name()));
        names.addAll(others);
        names.add("request");
        throw new Problem(
                Problem.Kind.INVALID,
                "the form has a part '" + name.substring(0, Math.min(64, name.length())) + "'; it can have " + names);
    }

    private RgbImage picture(Modality modality, byte[] file, Coding coding) {
        return decode(modality.name(), file, () -> {
            if (modality.equals(Modality.DEPTH)) {
                return coding.depth.read(file);
            }
            return modality.equals(Modality.NORMAL) ? coding.normals.read(file) : modality.read(file);
        });
    }

    /**
     * Reads the part {@code mask}.
     *
     * @throws Problem if it is missing, or selects nothing
     */
    MaskImage mask(Form form) {
        byte[] file = form.files().get("mask");
        if (file == null) {
            throw new Problem(
                    Problem.Kind.INVALID,
                    "the part 'mask' is missing; send a picture in which white is drawn anew and black is kept");
        }
        return decode("mask", file, () -> MaskImage.read(file));
    }

    private interface Decoding<T> {
        T run();
    }

    private <T> T decode(String name, byte[] file, Decoding<T> decoding) {
        requirePixels(name, file);
        decoders.acquireUninterruptibly();
        try {
            return decoding.run();
        } catch (ImageException e) {
            throw new Problem(Problem.Kind.INVALID, "the part '" + name + "': " + e.getMessage(), e);
        } finally {
            decoders.release();
        }
    }

    private void requirePixels(String name, byte[] file) {
        Long pixels = pixels(file);
        if (pixels != null && pixels > limits.photoPixels()) {
            throw new Problem(
                    Problem.Kind.TOO_LARGE,
                    "the part '" + name + "' has " + pixels + " pixels, more than the " + limits.photoPixels()
                            + " that this server takes; scale it down");
        }
    }

    /** Returns the number of pixels by the file's header; null if the decoder must tell what is wrong with it. */
    private static @Nullable Long pixels(byte[] file) {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return null;
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                return (long) reader.getWidth(0) * reader.getHeight(0);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException _) {
            return null;
        }
    }
}
