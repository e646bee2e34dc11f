package dev.mmgen.studio.job;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The eyes of a job on the model's work: steps, previews, cancelling, and the time limit. A preview is decoded from the data that the
 * model expects at a step, so it shows a picture from the first step on, not noise. Decoding takes time from the drawing: after a
 * preview come at least {@link #PAUSE} and three times as long as it took.
 */
public final class Progress {

    private static final Duration PAUSE = Duration.ofMillis(300);
    private static final int SHARE = 3;

    /** Previews are scaled down to this side. */
    private static final int SIDE = 256;

    private final Job job;
    private final long deadline;
    private final Duration limit;
    private long nextPreview = System.nanoTime();

    Progress(Job job, Duration limit) {
        this.job = job;
        this.limit = limit;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /**
     * Draws or reads under the eyes of the job.
     *
     * @param phase of the work, for people: {@code reading} or {@code drawing}
     * @return the images, whose traces are those of the request itself
     */
    public List<MultiModalImage> run(MmGen mmgen, ImageRequestBuilder builder, String phase) {
        ImageRequest plain = builder.build();
        String sampler = mmgen.trace(plain).getOrDefault("Sampler", "");
        Watch watch = new Watch(mmgen, plain, phase);
        Sampler steps = plain.method().sampler();
        // A reading without noise is one step, of which there is nothing to see before its end.
        ImageRequest watched = builder.sampler(
                        steps.readsWithoutNoise() ? steps : new WatchedSampler(steps, watch::see))
                .onStep(watch::hear)
                .build();
        return mmgen.run(watched).stream().map(image -> named(image, sampler)).toList();
    }

    private static MultiModalImage named(MultiModalImage image, String sampler) {
        Map<String, String> trace = new LinkedHashMap<>(image.trace());
        trace.put("Sampler", sampler);
        return image.withTrace(trace);
    }

    /** The watch over one request to the model. */
    private final class Watch {

        private final ImageRequest request;
        private final String phase;
        private final MultiModalDecoder decoder;
        private final List<Modality> drawn;

        /** Batches that are done. */
        private int done;

        Watch(MmGen mmgen, ImageRequest request, String phase) {
            this.request = request;
            this.phase = phase;
            this.decoder = new MultiModalDecoder(
                    mmgen.autoencoder(), mmgen.modalities(), mmgen.config().latents());
            this.drawn = mmgen.modalities().list().stream()
                    .filter(modality -> !request.given().conditions().containsKey(modality))
                    .toList();
        }

        void hear(SamplingStep step) {
            done = step.index() < step.total() ? step.batch() - 1 : step.batch();
            job.step(phase, (step.batch() - 1) * step.total() + step.index(), step.batches() * step.total());
            if (job.isCancelled()) {
                step.cancel();
            }
            if (System.nanoTime() > deadline) {
                throw new Problem(
                        Problem.Kind.IMPOSSIBLE,
                        "it took longer than the " + limit.toSeconds()
                                + " s of a request; ask for fewer images or steps");
            }
        }

        /** Shows what is expected, {@code [N, C * M, h, w]}. */
        void see(Tensor data) {
            long began = System.nanoTime();
            if (began < nextPreview) {
                return;
            }
            try (TensorScope _ = TensorScope.open()) {
                Tensor seen = request.series().ensemble() > 1 ? data.slice(0, 0, 1) : data;
                List<Map<String, byte[]>> images = new ArrayList<>();
                for (Map<Modality, RgbImage> pictures :
                        decoder.decode(seen.to(DType.FLOAT32), drawn, Quantization.TRUNCATE)) {
                    Map<String, byte[]> files = new LinkedHashMap<>();
                    pictures.forEach((modality, picture) -> files.put(modality.name(), png(picture)));
                    images.add(files);
                }
                job.show(firstImage(), images);
            }
            long took = System.nanoTime() - began;
            nextPreview = System.nanoTime() + Math.max(PAUSE.toNanos(), SHARE * took);
        }

        /** Returns the place of the first image of the batch under way; the readings of an ensemble and tiles are of one image. */
        private int firstImage() {
            long samples = (long) done * request.series().batch();
            return (int) Math.min(
                    request.series().count() - 1, samples / request.series().ensemble());
        }

        private byte[] png(RgbImage picture) {
            double scale = (double) SIDE / Math.max(picture.width(), picture.height());
            RgbImage small = scale >= 1
                    ? picture
                    : picture.resize(
                            Math.max(1, (int) (picture.width() * scale)),
                            Math.max(1, (int) (picture.height() * scale)),
                            Resampling.BOX);
            return small.encoded(ImageFormat.PNG);
        }
    }
}
