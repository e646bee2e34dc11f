package dev.mmgen.train.feature;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.Normalization;
import dev.mmgen.image.Raster;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.ImageSource;
import dev.mmgen.train.data.StoredArray;
import java.util.ArrayList;
import java.util.List;

/**
 * The patch tokens of photos as {@code data/preprocess_dino.py} makes them: centre-cropped to 224 pixels, normalised by
 * ImageNet's statistics, 16×16 patches.
 */
public final class DinoFeatures implements ImageSource.FeatureEncoder {

    /** The side of the photos that the reference shows to DINOv2, in pixels. */
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

    /** Describes photos of any sizes: float32 {@code [N, T, width]} in main memory. */
    public Tensor encode(List<Raster> photos) {
        try (GradMode _ = Torch.noGrad()) {
            return TensorScope.keeping(() -> {
                List<Tensor> images = new ArrayList<>();
                for (Raster photo : photos) {
                    float[] pixels = Normalization.IMAGENET.apply(crop.apply(photo));
                    images.add(Torch.tensor(pixels, 3, crop.size(), crop.size()));
                }
                return model.tokens(Torch.stack(images, 0).to(device)).to(Device.CPU, DType.FLOAT32).contiguous();
            });
        }
    }

    @Override
    public StoredArray encode(Raster photo) {
        try (Tensor tokens = encode(List.of(photo))) {
            return StoredArray.of(
                    tokens.toFloats(), Math.toIntExact(tokens.size(1)), Math.toIntExact(tokens.size(2)));
        }
    }
}
