package dev.mmgen.examples;

import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The pipeline by hand: encoder, transformer, sampler and decoder, each of which can be replaced. */
public final class ComposeParts {

    private ComposeParts() {}

    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            read(Path.of(arguments[0]));
        } else {
            try (ClasspathModel model = ClasspathModel.open("mmgen-model-shapes")) {
                read(model.folder());
            }
        }
    }

    private static void read(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        ModalitySet modalities = folder.config().modalities();
        try (var transformer = folder.transformer();
                var autoencoder = AutoencoderFolder.open(folder.path().resolve(ModelFolder.AUTOENCODER));
                var sampler = new LatentSampler(transformer, folder.config().interpolant());
                TensorScope _ = TensorScope.open()) {
            var latents = folder.config().latents();
            int size = folder.config().transformer().inputSize()
                    * autoencoder.config().factor();
            var encoder = new MultiModalEncoder(autoencoder, modalities, latents, new CenterCrop(size)::apply);
            Tensor photo = encoder.encode(Modality.RGB, List.of(TrainedModel.photo()), null);

            SamplingRequest request = SamplingRequest.withoutClass(1)
                    .condition(modalities.indexOf(Modality.RGB), photo)
                    .sampler(new Heun())
                    .steps(20)
                    .guidance(Guidance.NONE)
                    .build();
            Tensor drawn = sampler.sample(request);

            Map<Modality, RgbImage> scene = new MultiModalDecoder(autoencoder, modalities, latents)
                    .decode(drawn)
                    .getFirst();
            scene.forEach((modality, picture) -> picture.write(Path.of("out", modality.name() + ".png")));
            System.out.println("out/ has " + scene.keySet());
        }
    }
}
