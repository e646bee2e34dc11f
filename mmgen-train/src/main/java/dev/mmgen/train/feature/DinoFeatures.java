package dev.mmgen.train.feature;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.Normalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.StoredArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The features of photos by DINOv2 as {@code data/preprocess_dino.py} computes them: centre-cropped to 224 pixels, normalised
 * by ImageNet's statistics, 16×16 patches. One thread at a time uses it.
 */
public final class DinoFeatures {

    /** Side of the photos in the reference, in pixels. */
    public static final int OFFICIAL_SIZE = 224;

    private final DinoV2 model;
    private final Device device;
    private final CenterCrop crop;

    /**
     * @param model  with its weights on {@code device}; stays the caller's
     * @param size   side of the cropped photo, a multiple of the model's patch size
     */
    public DinoFeatures(DinoV2 model, Device device, int size) {
        if (size < 1 || size % model.config().patchSize() != 0) {
            throw new IllegalArgumentException("photos of " + size + " pixels do not divide into patches of "
                    + model.config().patchSize());
        }
        this.model = model;
        this.device = device;
        this.crop = new CenterCrop(size);
    }

    /** Returns the patch tokens of photos of any sizes, float32 {@code [N, T, width]} in main memory. */
    public Tensor encode(List<RgbImage> photos) {
        return describe(photos, model::tokens);
    }

    /** Returns the class tokens of photos of any sizes, float32 {@code [N, width]} in main memory. */
    public Tensor summary(List<RgbImage> photos) {
        return describe(photos, model::summary);
    }

    private Tensor describe(List<RgbImage> photos, UnaryOperator<Tensor> network) {
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                List<Tensor> images = new ArrayList<>();
                for (RgbImage photo : photos) {
                    float[] pixels = Normalization.IMAGENET.apply(crop.apply(photo));
                    images.add(Torch.tensor(pixels, 3, crop.size(), crop.size()));
                }
                Tensor batch = Torch.stack(images, 0).to(device);
                return network.apply(batch).to(Device.CPU, DType.FLOAT32).contiguous();
            });
        }
    }

    /** Returns the patch tokens of a photo, {@code [T, width]}. */
    public StoredArray encode(RgbImage photo) {
        try (Tensor tokens = encode(List.of(photo))) {
            return StoredArray.of(tokens.toFloats(), Math.toIntExact(tokens.size(1)), Math.toIntExact(tokens.size(2)));
        }
    }
}
