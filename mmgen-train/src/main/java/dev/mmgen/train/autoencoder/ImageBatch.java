package dev.mmgen.train.autoencoder;

import dev.mmgen.torch.Tensor;

/**
 * Images to train on. The tensor belongs to the scope in which the batch was asked for.
 *
 * @param images     {@code [N, 3, H, W]} in [-1, 1], float32
 * @param modalities which modality each is an image of, by its place in {@link IndexedImages#modalities}
 */
public record ImageBatch(Tensor images, int[] modalities) {}
