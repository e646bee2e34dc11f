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
import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline by hand: encoder, velocity model, sampler and decoder, each of which can be replaced. Two of them are of our own
 * here: the midpoint method as the sampler, and a velocity model that counts how often the transformer is asked.
 */
public final class ComposeParts {

    private ComposeParts() {}

    /** A velocity model around another one, which counts its forward passes. */
    private static final class CountedModel implements VelocityModel {

        private final VelocityModel model;
        private int passes;

        CountedModel(VelocityModel model) {
            this.model = model;
        }

        @Override
        public Inputs inputs() {
            return model.inputs();
        }

        @Override
        public Device device() {
            return model.device();
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            passes++;
            return model.forward(latents, times, labels, tasks);
        }
    }

    /** The midpoint method: each step follows the velocity of the middle of the step. */
    private static Sampler midpoint() {
        return (field, grid, _) -> (state, index) -> {
            double time = grid.time(index);
            double half = grid.step(index) / 2;
            Tensor middle = field.constrain(state.addScaled(field.velocity(state, time), half), time + half);
            return state.addScaled(field.velocity(middle, time + half), 2 * half);
        };
    }

    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            read(ModelFolder.open(Path.of(arguments[0])));
        } else {
            try (ClasspathModel model = ClasspathModel.open("mmgen-model-shapes")) {
                read(ModelFolder.open(model.folder()));
            }
        }
    }

    private static void read(ModelFolder folder) {
        ModalitySet modalities = folder.config().modalities();
        var latents = folder.config().latents();
        try (var transformer = folder.transformer();
                var autoencoder = AutoencoderFolder.open(folder.path().resolve(ModelFolder.AUTOENCODER));
                TensorScope _ = TensorScope.open()) {
            CountedModel model = new CountedModel(transformer);
            CenterCrop crop = new CenterCrop(transformer.config().inputSize() * autoencoder.factor());
            Tensor photo = new MultiModalEncoder(autoencoder, modalities, latents, crop::apply)
                    .encode(Modality.RGB, List.of(TrainedModel.photo()), null);

            SamplingRequest request = SamplingRequest.withoutClass(1)
                    .condition(modalities.indexOf(Modality.RGB), photo)
                    .sampler(midpoint())
                    .steps(10)
                    .guidance(Guidance.NONE)
                    .build();
            Map<Modality, RgbImage> scene;
            try (LatentSampler sampler =
                    new LatentSampler(model, folder.config().interpolant())) {
                scene = new MultiModalDecoder(autoencoder, modalities, latents)
                        .decode(sampler.sample(request))
                        .getFirst();
            }

            scene.forEach((modality, picture) -> picture.write(Path.of("out", modality.name() + ".png")));
            System.out.println("out/ has " + scene.keySet() + " after " + model.passes + " forward passes");
        }
    }
}
