package dev.mmgen.train.autoencoder;

import dev.mmgen.torch.Tensor;

/**
 * A batch of images. The tensor belongs to the scope in which the batch was made.
 *
 * @param images     {@code [N, 3, H, W]} in [-1, 1], float32
 * @param modalities modality of each image, by its place in {@link IndexedImages#modalities}
 */
public record ImageBatch(Tensor images, int[] modalities) {}
