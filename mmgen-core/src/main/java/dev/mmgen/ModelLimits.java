package dev.mmgen;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.SamplingRequest;
import java.util.Map;

/**
 * The limits of what a model draws: its modalities, categories and sizes.
 *
 * @param factor of the autoencoder: pixels to a side of a latent one
 */
record ModelLimits(VelocityModel.Inputs inputs, int factor, ModalitySet modalities) {

    /** Returns the height and width of the pictures that the model was trained on. */
    int resolution() {
        return inputs.size() * factor;
    }

    /**
     * Checks a request.
     *
     * @throws IllegalArgumentException naming what the model cannot draw
     */
    void requireFit(ImageRequest request) {
        requireSize(request.width(), request.height());
        if (request.category() != SamplingRequest.NO_CLASS) {
            requireCategory(request.category());
        }
        request.given().conditions().keySet().forEach(modalities::indexOf);
        request.given().kept().keySet().forEach(modalities::indexOf);
        request.wanted().forEach(modalities::indexOf);
        if (request.given().start() != null) {
            requireStart(request.given().start().image(), request.given().conditions());
        }
    }

    /** A modality that is not known at the start would be noise where the model expects it to be drawn in part. */
    private void requireStart(MultiModalImage start, Map<Modality, RgbImage> conditions) {
        for (Modality modality : modalities) {
            if (!start.pictures().containsKey(modality) && !conditions.containsKey(modality)) {
                throw new IllegalArgumentException("the image to start from has no '" + modality
                        + "', which is drawn; start from one with all modalities, or give it as a condition");
            }
        }
    }

    /**
     * Checks the size of pictures.
     *
     * @throws IllegalArgumentException if the model cannot draw it
     */
    void requireSize(int width, int height) {
        int unit = factor * inputs.patchSize();
        if (width < unit || height < unit || width % unit != 0 || height % unit != 0) {
            throw new IllegalArgumentException("size is " + width + " x " + height
                    + " pixels; both must be multiples of " + unit + ", at least one");
        }
        if ((long) width * height > RgbImage.MAX_PIXELS) {
            throw new IllegalArgumentException("size is " + width + " x " + height + " pixels; a picture has at most "
                    + RgbImage.MAX_PIXELS + " of them");
        }
    }

    /**
     * Checks that pictures are about as large as those that the model was trained on.
     *
     * @throws IllegalArgumentException if a side is more than 5/4 of theirs
     */
    void requireKnownSize(int width, int height) {
        if (ImageRequestBuilder.isBeyondTraining(width, height, resolution())) {
            throw new IllegalArgumentException(
                    "size is " + width + " x " + height + " pixels, but the model was trained on "
                            + resolution() + " x " + resolution()
                            + ", and what it draws frays where a side is more than 5/4 of that; choose a smaller size, read large"
                            + " photos in tiles, or allow it: anySize in Java and in the studio, --any-size on the command line");
        }
    }

    /**
     * Checks a category.
     *
     * @throws IllegalArgumentException if the model does not have it
     */
    void requireCategory(int category) {
        int classes = inputs.classes();
        if (classes == 0) {
            throw new IllegalArgumentException("category is " + category + ", but this model has no categories");
        }
        ImageRequest.requireBetween("category", category, 0, classes - 1);
    }
}
