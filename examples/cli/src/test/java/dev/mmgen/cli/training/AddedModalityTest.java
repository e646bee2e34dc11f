package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.MmGen;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.finetune.NewModality;
import dev.mmgen.train.finetune.PretrainedModel;
import org.junit.jupiter.api.Test;

/** The whole model in the box with a modality of one's own, before its first step. */
class AddedModalityTest {

    private static final double ROUNDING = 2e-6;

    @Test
    void theModelSaysWhatItSaidBeforeTheFirstStep() {
        PretrainedModel box = PretrainedModel.open(MmGen.SHAPES);
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(3);
                DiffusionTransformer model = box.load(box.config().transformer(), 0);
                DiffusionTransformer grown = NewModality.add(model)) {
            model.to(Device.CPU, DType.FLOAT32);
            grown.to(Device.CPU, DType.FLOAT32);
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 4, 40, 16, 16);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 4, 40, 1, 1);
            Tensor labels = Torch.tensor(new long[] {0, 4, 15, 16});
            Tensor tasks = Torch.tensor(new long[] {0, 1, 2, 4});
            Tensor said = model.forward(latents.slice(1, 0, 32), times.slice(1, 0, 32), labels, tasks);
            Tensor says = grown.forward(latents, times, labels, tasks).slice(1, 0, 32);
            assertThat(said.abs().mean().item()).isGreaterThan(0.1);
            assertThat(says.sub(said).abs().amax().item())
                    .isLessThan(ROUNDING * said.abs().amax().item());
        }
    }
}
