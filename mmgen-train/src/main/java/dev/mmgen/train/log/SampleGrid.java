package dev.mmgen.train.log;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.ContactSheet;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.checkpoint.SettingDifference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Pictures during training: at intervals, samples of the EMA model in a file {@code samples-0001000.png}, a row for each
 * class with all its modalities. The noise is the same every time, so that files show what has been learnt between them.
 */
public final class SampleGrid implements Consumer<StepReport> {

    private static final int STEPS = 10;
    private static final long SEED = 0;
    private static final long EVERY = 10_000;
    private static final int ROWS = 8;

    private final Trainer trainer;
    private final ModelConfig config;
    private final Autoencoder autoencoder;
    private final Path folder;
    private long every = EVERY;
    private int rows;

    /**
     * Draws the first eight classes every 10,000 steps.
     *
     * @param config      the transformer is the plan's; tells modalities, path and how latents are normalised
     * @param autoencoder stays the caller's
     * @param folder      is made if needed
     * @throws IllegalArgumentException if the settings are for another model
     */
    public SampleGrid(Trainer trainer, ModelConfig config, Autoencoder autoencoder, Path folder) {
        if (!config.transformer().equals(trainer.plan().model())) {
            throw new IllegalArgumentException("the pictures' settings are for another model: "
                    + SettingDifference.between(trainer.plan().model(), config.transformer()));
        }
        this.trainer = trainer;
        this.config = config;
        this.autoencoder = autoencoder;
        this.folder = folder;
        classes(ROWS);
    }

    /**
     * Sets the steps from one file to the next.
     *
     * @throws IllegalArgumentException if there are none
     */
    public SampleGrid every(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("pictures every " + steps + " steps; it must be at least 1");
        }
        every = steps;
        return this;
    }

    /**
     * Sets how many classes are shown at most, the first ones.
     *
     * @throws IllegalArgumentException if there are none
     */
    public SampleGrid classes(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("pictures of " + count + " classes; it must be at least 1");
        }
        rows = Math.min(count, config.transformer().classes());
        return this;
    }

    @Override
    public void accept(StepReport step) {
        if (step.step() % every == 0) {
            draw().write(folder.resolve(String.format(Locale.ROOT, "samples-%07d.png", step.step())));
        }
    }

    /** Draws the pictures of the EMA model as it is now. */
    public RgbImage draw() {
        int size = config.transformer().inputSize();
        try (DiffusionTransformer model = trainer.emaModel();
                LatentSampler sampler = new LatentSampler(model, config.interpolant());
                TensorScope _ = TensorScope.open()) {
            Tensor latents =
                    sampler.sample(SamplingRequest.of(IntStream.range(0, rows).toArray())
                            .size(size, size)
                            .sampler(new Heun())
                            .steps(STEPS)
                            .seed(SEED, 0)
                            .build());
            List<RgbImage> pictures = new ArrayList<>();
            new MultiModalDecoder(autoencoder, config.modalities(), config.latents())
                    .decode(latents)
                    .forEach(image -> pictures.addAll(image.values()));
            return new ContactSheet(config.modalities().size(), 2).of(pictures);
        }
    }
}
