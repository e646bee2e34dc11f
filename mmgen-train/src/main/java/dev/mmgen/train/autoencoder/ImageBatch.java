package dev.mmgen.train.autoencoder;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.BatchShare;
import java.util.Arrays;

/**
 * A batch of images. The tensor belongs to the scope in which the batch was made.
 *
 * @param images     {@code [N, 3, H, W]} in [-1, 1], float32
 * @param modalities modality of each image, by its place in {@link ImageBatches#modalities}
 */
public record ImageBatch(Tensor images, int[] modalities) {

    /** Returns a share of the images, a view. */
    ImageBatch part(BatchShare share) {
        int begin = share.begin(modalities.length);
        int end = begin + share.length(modalities.length);
        return new ImageBatch(images.slice(0, begin, end), Arrays.copyOfRange(modalities, begin, end));
    }

    /**
     * Returns square images as a batch.
     *
     * @param rgb  levels, {@code [N, side, side, 3]}
     * @param side height and width
     */
    public static ImageBatch of(byte[] rgb, int side, int[] modalities) {
        Tensor images = TensorScope.keeping(() -> Torch.tensor(rgb, modalities.length, side, side, 3)
                .permute(0, 3, 1, 2)
                .to(DType.FLOAT32)
                .div(127.5)
                .sub(1));
        return new ImageBatch(images, modalities);
    }
}
