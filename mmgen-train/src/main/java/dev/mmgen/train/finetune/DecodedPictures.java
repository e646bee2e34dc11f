package dev.mmgen.train.finetune;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.StoredArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pictures of latents that came without any, decoded once and kept in a run's folder, so that held-out samples can be shown
 * and measured as those that came as pictures.
 *
 * @param latents the run's
 * @param names   of modalities whose latents came without pictures, in the index
 * @param network decodes; stays the caller's
 * @param folder  of the pictures; is made if needed
 */
record DecodedPictures(LatentCache latents, Set<String> names, AutoencoderKl network, Path folder) {

    /** Returns the first samples, up to so many, with all pictures that can be had; none without a photo. */
    List<IndexEntry> of(List<IndexEntry> entries, int most) {
        return entries.stream()
                .limit(names.isEmpty() ? entries.size() : most)
                .map(this::decoded)
                .filter(entry -> entry.images().containsKey("rgb"))
                .toList();
    }

    private IndexEntry decoded(IndexEntry entry) {
        Map<String, Path> images = new LinkedHashMap<>(entry.images());
        for (String name : names) {
            StoredArray posterior = images.containsKey(name) ? null : latents.posterior(entry.key(), name);
            if (posterior != null) {
                Path file = folder.resolve(name).resolve(entry.key() + ".png");
                if (!Files.exists(file)) {
                    decode(posterior).write(file);
                }
                images.put(name, file);
            }
        }
        return new IndexEntry(entry.category(), entry.label(), entry.key(), images);
    }

    private RgbImage decode(StoredArray posterior) {
        int[] shape = posterior.shape();
        float[] means = new float[posterior.values().length / 2];
        for (int i = 0; i < means.length; i++) {
            means[i] = posterior.values()[2 * i];
        }
        MultiModalDecoder decoder = new MultiModalDecoder(
                network, ModalitySet.of(List.of(Modality.RGB)), new LatentNormalization.Scaling(1));
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor latent = Torch.tensor(means, 1, shape[0], shape[1], shape[2]).to(network.device(), network.dtype());
            return new ArrayList<>(decoder.decode(latent).getFirst().values()).getFirst();
        }
    }
}
