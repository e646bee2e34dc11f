package dev.mmgen;

import static dev.mmgen.RecordedTransformer.assertClose;
import static dev.mmgen.RecordedTransformer.leavingNothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whole inference batches of the reference: encoder, sampler, decoder and the pictures on disk. */
class PipelineGoldenTest {

    private static final double SAMPLER_LIMIT = 3e-5;
    private static final double DECODED_LIMIT = 2e-4;
    private static final double SHARE_OF_OTHER_PIXELS = 0.01;

    @TestFactory
    Stream<DynamicTest> recordedBatchesAgree() {
        Goldens goldens = Goldens.folder("pipeline");
        List<DynamicTest> tests = goldens.manifest().get("files").properties().stream()
                .filter(file -> file.getValue().has("pngs"))
                .map(file -> dynamicTest(
                        file.getKey(), () -> leavingNothing(() -> replay(goldens, file.getKey(), file.getValue()))))
                .toList();
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static void replay(Goldens goldens, String name, JsonNode description) {
        String weights = description.get("weights").asText();
        Path autoencoder = goldens.path(description.get("vae").asText());
        try (DiffusionTransformer transformer = RecordedTransformer.open(goldens, weights);
                AutoencoderKl network = AutoencoderFolder.open(autoencoder);
                StateDict recording = RecordedTransformer.tensors(goldens, name);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            new Replay(goldens, description, new Networks(transformer, network), recording).run();
        }
    }

    private record Networks(DiffusionTransformer transformer, AutoencoderKl autoencoder) {}

    /** One recorded batch. */
    private record Replay(Goldens goldens, JsonNode description, Networks networks, StateDict recording) {

        void run() {
            List<Tensor> encoderDraws = draws("posterior");
            RecordedDraws noise = new RecordedDraws(draws("latents"), draws("sampler"));
            SamplingRequest.Builder request = SamplingRequest.of(labels())
                    .guidance(Guidance.of(description.get("cfg_scale").asDouble()))
                    .steps(description.get("num_steps").asInt())
                    .holdTime(description.get("t_blend_start").asDouble())
                    .noise(() -> noise);
            JsonNode condition = description.get("condition_task");
            if (condition.isNumber()) {
                int task = condition.asInt();
                assertThat(encoderDraws).hasSize(1);
                Tensor latent = encode(modalities().get(task), encoderDraws.getFirst());
                checkMixture(task, latent);
                request.condition(task, latent);
            }
            Interpolant path = Interpolant.named(description.get("path_type").asText());
            try (LatentSampler sampler = new LatentSampler(networks.transformer, path)) {
                Tensor samples = sampler.sample(request.build());
                noise.assertUsedUp();
                assertClose("samples", samples, recording.get("samples"), SAMPLER_LIMIT);
                checkDecoded(samples);
                checkPictures(samples);
            }
        }

        private ModalitySet modalities() {
            return ModalitySet.of(ModalitySet.standard()
                    .list()
                    .subList(0, networks.transformer.config().modalities()));
        }

        private int[] labels() {
            int nullLabel = networks.transformer.config().nullLabel();
            return Arrays.stream(recording.get("labels").toLongs())
                    .mapToInt(label -> label == nullLabel ? SamplingRequest.NO_CLASS : Math.toIntExact(label))
                    .toArray();
        }

        private List<Tensor> draws(String part) {
            return description
                    .get("draws")
                    .valueStream()
                    .map(draw -> draw.get("key").asText())
                    .filter(key -> key.contains(part) && !(part.equals("latents") && key.contains("sampler")))
                    .map(recording::get)
                    .toList();
        }

        /** Reads the pictures that were encoded, where they are there as files, else takes their recorded numbers. */
        private Tensor encode(Modality modality, Tensor draw) {
            Tensor images = recording.get("images");
            List<RgbImage> pictures = new ArrayList<>();
            for (int i = 0; Files.exists(goldens.path("condition_input_" + i + ".png")); i++) {
                pictures.add(RgbImage.read(goldens.path("condition_input_" + i + ".png"), ImageReading.REFERENCE));
            }
            if (pictures.size() != images.size(0)) {
                return LatentNormalization.STABLE_DIFFUSION.normalise(
                        networks.autoencoder.encode(images).sample(draw),
                        modalities().indexOf(modality));
            }
            int size = Math.toIntExact(images.size(2));
            MultiModalEncoder encoder = new MultiModalEncoder(
                    networks.autoencoder,
                    modalities(),
                    LatentNormalization.STABLE_DIFFUSION,
                    new CenterCrop(size)::apply);
            assertThat(encoder.pixels(pictures).sub(images).abs().amax().item()).isLessThan(1e-6);
            return encoder.encode(modality, pictures, draw);
        }

        /** What the reference hands its sampler is noise, but for the condition, which is mixed with a little of it. */
        private void checkMixture(int task, Tensor latent) {
            double hold = description.get("t_blend_start").asDouble();
            long channels = networks.transformer.config().latentChannels();
            Tensor noise = draws("latents").getFirst().slice(1, task * channels, (task + 1) * channels);
            Tensor expected = recording.get("latents0").slice(1, task * channels, (task + 1) * channels);
            assertClose("latents0", noise.mul(hold).add(latent.mul(1 - hold)), expected, 5e-5);
        }

        private void checkDecoded(Tensor samples) {
            for (Modality modality : modalities()) {
                int index = modalities().indexOf(modality);
                String key = "decoded." + index;
                if (recording.has(key)) {
                    Tensor raw = LatentNormalization.STABLE_DIFFUSION.restore(
                            modalities().slot(samples, modality), index);
                    assertClose(key, networks.autoencoder.decode(raw), recording.get(key), DECODED_LIMIT);
                }
            }
        }

        private void checkPictures(Tensor samples) {
            Map<String, RgbImage> ours = new LinkedHashMap<>();
            List<Map<Modality, RgbImage>> scenes = new MultiModalDecoder(
                            networks.autoencoder, modalities(), LatentNormalization.STABLE_DIFFUSION)
                    .decode(samples, modalities().list(), Quantization.TRUNCATE);
            Iterator<JsonNode> names = description.get("relative_paths").iterator();
            for (Map<Modality, RgbImage> scene : scenes) {
                String file = names.next().asText().replaceFirst("\\.[^.]*$", ".png");
                scene.forEach((modality, picture) ->
                        ours.put("task_" + modalities().indexOf(modality) + "/" + file, picture));
                ours.put("task_merge/" + file, new MultiModalImage(scene).sideBySide());
            }
            assertThat(description.get("pngs").valueStream()).isNotEmpty();
            for (JsonNode png : description.get("pngs")) {
                String name = png.asText();
                RgbImage picture = ours.get(name.substring(name.indexOf('/') + 1));
                assertSameLevels(name, picture, RgbImage.read(goldens.path(name), ImageReading.REFERENCE));
            }
        }

        private static void assertSameLevels(String name, RgbImage actual, RgbImage expected) {
            assertThat(actual).as(name).isNotNull().hasToString(expected.toString());
            byte[] left = actual.rgb();
            byte[] right = expected.rgb();
            int others = 0;
            for (int pixel = 0; pixel < left.length; pixel += 3) {
                int largest = 0;
                for (int i = pixel; i < pixel + 3; i++) {
                    largest = Math.max(largest, Math.abs((left[i] & 0xff) - (right[i] & 0xff)));
                }
                assertThat(largest).as("difference in levels of %s", name).isLessThanOrEqualTo(1);
                others += largest;
            }
            assertThat(others / (left.length / 3.0))
                    .as("share of other pixels in %s", name)
                    .isLessThanOrEqualTo(SHARE_OF_OTHER_PIXELS);
        }
    }

    /** Gives the recorded draws in their order: the initial latents first. */
    private static final class RecordedDraws implements NoiseSource {
        private final List<Tensor> draws = new ArrayList<>();
        private int next;

        RecordedDraws(List<Tensor> latents, List<Tensor> steps) {
            assertThat(latents).hasSize(1);
            draws.addAll(latents);
            draws.addAll(steps);
        }

        @Override
        public Tensor normal(DType dtype, Shape shape) {
            Tensor draw = draws.get(next++);
            assertThat(draw.shape()).isEqualTo(shape);
            return draw.to(dtype);
        }

        void assertUsedUp() {
            assertThat(next).as("draws used").isEqualTo(draws.size());
        }
    }
}
