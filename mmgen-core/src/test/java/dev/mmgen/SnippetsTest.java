package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.geometry.DepthMap;
import dev.mmgen.geometry.DepthMesh;
import dev.mmgen.geometry.GlbFile;
import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.PinholeCamera;
import dev.mmgen.geometry.PlyFile;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.Segments;
import dev.mmgen.geometry.TriangleMesh;
import dev.mmgen.geometry.Turntable;
import dev.mmgen.image.AnimatedGif;
import dev.mmgen.image.MaskImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.lora.LoraTarget;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.BlockwisePass;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpzFile;
import dev.mmgen.npy.NpzWriter;
import dev.mmgen.onnx.OnnxExport;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.sampling.VelocityField;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc: compiled so that it stays right, and run where that takes no model. */
class SnippetsTest {

    @TempDir
    Path folder;

    static void drawAndSee(Path photo) {
        // @start region="mmgen"
        try (MmGen mmgen = MmGen.open(Path.of("mmgen-xl"))) {
            MultiModalImage cat = mmgen.generate().category(281).seed(7).run();
            MultiModalImage room =
                    mmgen.understand(RgbImage.read(photo)).steps(50).run();
            MultiModalImage redrawn = mmgen.generate()
                    .given(Modality.DEPTH, room.depth())
                    .guidance(1.8)
                    .run();
            cat.rgb().write(Path.of("cat.png"));
            redrawn.rgb().write(Path.of("redrawn.png"));
        }
        // @end
    }

    static void choose(MmGen mmgen, Predicate<MultiModalImage> liked, List<MultiModalImage> kept) {
        // @start region="stream"
        try (Stream<MultiModalImage> images = mmgen.generate().category(281).count(100).batch(1).stream()) {
            images.filter(liked).limit(3).forEach(kept::add);
        }
        // @end
    }

    static List<MultiModalImage> read(MmGen mmgen, List<RgbImage> photos) {
        // @start region="many"
        List<ImageRequest> readings = photos.stream()
                .map(photo -> mmgen.understand(photo).batch(16).build())
                .toList();
        List<MultiModalImage> read = mmgen.runAll(readings);
        // @end
        return read;
    }

    static List<MultiModalImage> frames(MmGen mmgen, List<RgbImage> frames) {
        // @start region="frames"
        List<MultiModalImage> read = new ArrayList<>();
        for (RgbImage frame : frames) {
            ImageRequestBuilder request = mmgen.understand(frame).seed(7);
            if (!read.isEmpty()) {
                request.startFrom(read.getLast(), 0.9);
            }
            read.add(request.run());
        }
        // @end
        return read;
    }

    static List<Mask> masks() {
        // @start region="mask"
        Mask middle = Mask.none(64, 64).withRectangle(16, 16, 32, 32);
        Mask circle = Mask.where(64, 64, (x, y) -> Math.hypot(x - 32, y - 32) < 20);
        Mask painted = Mask.of(MaskImage.read(Path.of("mask.png")));
        // @end
        return List.of(middle, circle, painted);
    }

    @Test
    void anAutoencoderIsConfiguredByName() {
        // @start region="autoencoder-config"
        AutoencoderConfig small = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(16, 32, 64)
                .normNumGroups(8)
                .build();
        // @end
        assertThat(small.factor()).isEqualTo(4);
    }

    @Test
    void aModelIsConfiguredByName() {
        TransformerConfig transformer = TransformerConfig.small(8, 2, 3);
        List<String> names = List.of("cat", "dog", "hen");
        // @start region="model-config"
        ModelConfig config = ModelConfig.builder(transformer)
                .modalityNames(List.of("rgb", "canny"))
                .categories(names)
                .build();
        // @end
        assertThat(config.category("hen")).isEqualTo(2);
    }

    static TriangleMesh surface(PinholeCamera camera, DepthMap depth, NormalMap normals, RgbImage picture) {
        Segments segments = Segments.of(picture);
        boolean[] foreground = new boolean[segments.colours().size()];
        // @start region="depth-mesh"
        TriangleMesh surface = DepthMesh.of(camera, depth, normals, picture)
                .withSegments(segments, foreground)
                .surface();
        // @end
        return surface;
    }

    static void reconstruct(MmGen mmgen, RgbImage photo) {
        // @start region="reconstruction"
        MultiModalImage scene = mmgen.understand(photo).run();
        TriangleMesh mesh = Reconstruction.of(scene).mesh();
        PlyFile.write(mesh, Path.of("scene.ply"));
        GlbFile.write(mesh, Path.of("scene.glb"));
        AnimatedGif.write(Turntable.DEFAULT.render(mesh), 60, Path.of("scene.gif"));
        // @end
    }

    private record Batch(Tensor latents, Tensor times, Tensor labels, Tensor tasks) {}

    private interface Loss {
        Tensor of(Tensor velocity);
    }

    static void recomputed(DiffusionTransformer model, Batch batch, Loss loss) {
        Tensor latents = batch.latents();
        Tensor times = batch.times();
        Tensor labels = batch.labels();
        Tensor tasks = batch.tasks();
        // @start region="recomputed-pass"
        try (BlockwisePass pass = BlockwisePass.recomputing(model, null)) {
            Tensor velocity = pass.forward(latents, times, labels, tasks);
            pass.backward(loss.of(velocity));
        }
        // @end
    }

    @Test
    void anArrayIsReadAsItWasWritten() {
        Path file = folder.resolve("depth.npy");
        float[] depth = {1, 2, 3, 4, 5, 6};
        int height = 2;
        int width = 3;
        // @start region="npy-array"
        NpyArray.of(depth, height, width).write(file); // in Python: numpy.load("depth.npy")
        double[] values = NpyArray.read(file).toDoubles();
        // @end
        assertThat(values).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void namedArraysAreReadAsTheyWereWritten() {
        Path file = folder.resolve("statistics.npz");
        double[] mean = {1, 2};
        // @start region="npz-writer"
        try (NpzWriter npz = NpzWriter.create(file, NpzWriter.Compression.STORED)) {
            npz.write("mu", NpyArray.of(mean, mean.length));
            npz.finish();
        }
        // @end
        try (NpzFile npz = NpzFile.open(file)) {
            assertThat(npz.read("mu").toDoubles()).containsExactly(1, 2);
        }
    }

    static void export() {
        // @start region="onnx-export"
        OnnxExport.write(ModelFolder.open(Path.of("mmgen-xl")), Path.of("mmgen-xl-onnx"));
        // @end
    }

    @Test
    void theMidpointMethodIntegratesALineExactly() {
        // @start region="midpoint"
        Sampler midpoint = (field, grid, noise) -> (state, index) -> {
            double time = grid.time(index);
            double half = grid.step(index) / 2;
            Tensor middle = field.constrain(state.addScaled(field.velocity(state, time), half), time + half);
            return state.addScaled(field.velocity(middle, time + half), 2 * half);
        };
        // @end
        VelocityField line = new VelocityField() {
            @Override
            public Tensor velocity(Tensor state, double time) {
                return Torch.tensor(new double[] {2 * time}, 1);
            }

            @Override
            public Interpolant path() {
                return Interpolant.linear();
            }
        };
        NoiseSource none = (_, _) -> {
            throw new AssertionError("the method is deterministic");
        };
        try (TensorScope _ = TensorScope.open();
                Sampler.Stepper steps = midpoint.begin(line, TimeGrid.uniform(2), none)) {
            Tensor start = Torch.tensor(new double[] {1}, 1);

            assertThat(steps.step(steps.step(start, 0), 1).toDoubles()[0]).isEqualTo(0);
        }
    }

    @Test
    void settingsOfAnAdapter() {
        // @start region="lora-config"
        LoraConfig lora = LoraConfig.DEFAULT.withRank(8).withAlpha(16).withTargets(LoraTarget.ATTENTION_QKV);
        // @end
        assertThat(lora.targets()).containsExactly(LoraTarget.ATTENTION_QKV);
    }
}
