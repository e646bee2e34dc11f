package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A model folder with statistics of its latents: pictures pass through them on the way in and on the way out. */
@ExtendWith(TensorLeakCheck.class)
class LatentStatisticsInUseTest {

    private static final int SIZE = SmallModelFolder.PIXELS;
    private static final List<Double> MEANS = List.of(0.5, -1.0, 0.25, 2.0);
    private static final List<Double> DEVIATIONS = List.of(0.5, 2.0, 4.0, 1.5);

    @TempDir
    private Path folder;

    /** Depth alone has these numbers, so that those of another modality would be noticed. */
    private MmGen open(LatentNormalization latents) {
        Path model = SmallModelFolder.write(folder);
        ModelFolder original = ModelFolder.open(model);
        try (var transformer = original.transformer();
                StateDict weights = transformer.state()) {
            ModelFolder.write(model, original.config().with(latents), weights);
        }
        return MmGen.open(model);
    }

    private static LatentNormalization statistics() {
        List<Double> zeros = List.of(0.0, 0.0, 0.0, 0.0);
        List<Double> ones = List.of(1.0, 1.0, 1.0, 1.0);
        return new LatentNormalization.Statistics(
                List.of(zeros, MEANS, zeros, zeros), List.of(ones, DEVIATIONS, ones, ones));
    }

    private static Tensor channels(List<Double> numbers) {
        double[] values = numbers.stream().mapToDouble(Double::doubleValue).toArray();
        return Torch.tensor(values, 1, 4, 1, 1).to(DType.FLOAT32);
    }

    private static RgbImage picture() {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        new Random(2).nextBytes(rgb);
        return RgbImage.of(SIZE, SIZE, rgb);
    }

    private float[] givenDepth(LatentNormalization latents, boolean normaliseByHand) {
        try (MmGen mmgen = open(latents);
                TensorScope _ = TensorScope.open()) {
            ImageRequest request = mmgen.generate().seed(5).build();
            EncodedPictures encoded = new EncodedPictures(mmgen.autoencoder(), mmgen.config());
            encoded.add(Modality.DEPTH, List.of(picture()));
            Tensor drawn = encoded.draw(Modality.DEPTH, List.of(new SamplePart(request, 0, 0, 2)));
            return (normaliseByHand ? drawn.sub(channels(MEANS)).div(channels(DEVIATIONS)) : drawn).toFloats();
        }
    }

    @Test
    void picturesAreNormalisedByTheStatisticsOfTheirModality() {
        assertThat(givenDepth(statistics(), false)).isEqualTo(givenDepth(new LatentNormalization.Scaling(1), true));
    }

    @Test
    void latentsAreRestoredByTheStatisticsOfTheirModality() {
        try (MmGen mmgen = open(statistics());
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            List<float[]> steps = new ArrayList<>();
            MultiModalImage image = mmgen.generate()
                    .category(1)
                    .steps(2)
                    .seed(3)
                    .onStep(step -> steps.add(step.latents().to(DType.FLOAT32).toFloats()))
                    .run();
            Tensor depth = Torch.tensor(steps.getLast(), 1, 16, 8, 8).slice(1, 4, 8);
            Tensor raw = depth.mul(channels(DEVIATIONS)).add(channels(MEANS));
            Tensor pixels = mmgen.autoencoder().decode(raw);
            assertThat(image.depth()).isEqualTo(Quantization.TRUNCATE.toRgbImage(pixels.toFloats(), SIZE, SIZE));
        }
    }
}
