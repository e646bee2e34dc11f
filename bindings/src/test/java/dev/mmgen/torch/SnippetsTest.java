package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ReduceOp;
import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.AtomicFolder;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.optim.LearningRate;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in this module's Javadoc: compiled so that it stays right, and run where that takes no model. */
class SnippetsTest {

    private static Conv2d ready(Conv2d layer) {
        try (Generator generator = Generator.seeded(1)) {
            layer.initialize(generator);
        }
        layer.requiresGrad(true);
        return layer;
    }

    @Test
    void autocastComputesInTheLowerType() {
        try (TensorScope _ = TensorScope.open();
                Conv2d layer = ready(new Conv2d(2, 3, 1))) {
            assertThat(autocast(layer, Torch.zeros(1, 2, 4, 4)).dtype()).isEqualTo(DType.BFLOAT16);
        }
    }

    private static Tensor autocast(Layer model, Tensor x) {
        Tensor velocity;
        // @start region="autocast"
        try (Autocast _ = Autocast.to(Device.Type.CPU, DType.BFLOAT16)) {
            velocity = model.forward(x);
        }
        // @end
        return velocity;
    }

    @Test
    void nothingIsRecordedWithoutGradients() {
        try (TensorScope _ = TensorScope.open();
                Conv2d layer = ready(new Conv2d(2, 3, 1))) {
            Tensor x = Torch.zeros(1, 2, 4, 4);

            assertThat(layer.forward(x).requiresGrad()).isTrue();
            assertThat(withoutGradients(layer, x).requiresGrad()).isFalse();
        }
    }

    private static Tensor withoutGradients(Layer model, Tensor x) {
        Tensor velocity;
        // @start region="no-grad"
        try (GradMode _ = Torch.noGrad()) {
            velocity = model.forward(x);
        }
        // @end
        return velocity;
    }

    @Test
    void theScopeKeepsOneTensor() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor result = layer(Torch.ones(2, 3), Torch.ones(3, 4), Torch.zeros(4));

            assertThat(result.shape().toArray()).containsExactly(2, 4);
        }
    }

    private static Tensor layer(Tensor x, Tensor w, Tensor b) {
        // @start region="scope"
        try (TensorScope scope = TensorScope.open()) {
            Tensor hidden = x.matmul(w).add(b);
            return scope.keep(hidden.silu());
        }
        // @end
    }

    @Test
    void anOperatorIsCalledByItsSchema() {
        try (TensorScope _ = TensorScope.open()) {
            assertThat(turned(Torch.ones(3, 16)).shape().toArray()).containsExactly(3, 16);
        }
    }

    private static Tensor turned(Tensor image) {
        // @start region="operator"
        Operator roll = Operator.of("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor");
        Tensor turned = roll.call(image, new long[] {8}, new long[] {-1});
        // @end
        return turned;
    }

    @Test
    void aConvolutionOfStrideTwoHalvesTheSides() {
        // @start region="conv2d"
        Conv2d halving = new Conv2d(64, 128, 3, Conv2d.stride(2).withPadding(1));
        // @end
        try (halving;
                TensorScope _ = TensorScope.open()) {
            assertThat(ready(halving).forward(Torch.zeros(1, 64, 8, 8)).shape().toArray())
                    .containsExactly(1, 128, 4, 4);
        }
    }

    @Test
    void theFileIsThereOnceItIsCommitted(@TempDir Path folder) throws IOException {
        Path target = folder.resolve("table.csv");
        byte[] table = "x,y\n".getBytes(StandardCharsets.UTF_8);
        // @start region="atomic-file"
        try (AtomicFile file = AtomicFile.open(target)) {
            file.stream().write(table);
            file.commit();
        }
        // @end
        assertThat(target).hasBinaryContent(table);
    }

    @Test
    void theFolderIsThereOnceItIsCommitted(@TempDir Path parent) throws IOException {
        Path target = parent.resolve("model");
        String config = "{}";
        // @start region="atomic-folder"
        try (AtomicFolder folder = AtomicFolder.open(target)) {
            Files.writeString(folder.path().resolve("config.json"), config);
            folder.commit();
        }
        // @end
        assertThat(target.resolve("config.json")).hasContent(config);
    }

    @Test
    void aCheckpointFillsAModel(@TempDir Path folder) {
        Path file = folder.resolve("0600000.pt");
        try (TensorScope _ = TensorScope.open();
                Conv2d loaded = new Conv2d(2, 3, 1);
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> weights = Map.of("weight", Torch.ones(3, 2, 1, 1), "bias", Torch.zeros(3));
            PickleCheckpoint.write(file, Map.of("ema", weights));
            load(loaded, file);

            assertThat(loaded.forward(Torch.ones(1, 2, 1, 1)).toFloats()).containsExactly(2, 2, 2);
        }
    }

    private static void load(Module model, Path file) {
        // @start region="pickle-checkpoint"
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file);
                StateDict ema = checkpoint.stateDict("ema")) {
            model.load(ema);
        }
        // @end
    }

    @Test
    void aStepMovesWeightsAndClearsGradients() {
        try (TensorScope _ = TensorScope.open();
                Conv2d layer = ready(new Conv2d(2, 3, 1));
                AdamW optimizer = new AdamW(layer, AdamW.Settings.DEFAULT);
                Ema ema = new Ema(layer, 0.9)) {
            float[] before = layer.weight().value().toFloats();
            Tensor loss = layer.forward(Torch.ones(1, 2, 4, 4)).sum();
            train(loss, new Optimization(optimizer, ema, step -> 1e-2, new GradScaler(GradScaler.Settings.DEFAULT)));

            assertThat(layer.weight().value().toFloats()).isNotEqualTo(before);
        }
    }

    private record Optimization(AdamW optimizer, Ema ema, LearningRate rate, GradScaler scaler) {}

    private static void train(Tensor loss, Optimization parts) {
        AdamW optimizer = parts.optimizer();
        Ema ema = parts.ema();
        LearningRate rate = parts.rate();
        GradScaler scaler = parts.scaler();
        GradientClip clip = new GradientClip(1);
        long step = 0;
        // @start region="optimization-step"
        scaler.scale(loss).backward();
        if (scaler.unscale(optimizer.gradients())) {
            clip.apply(optimizer.gradients());
            optimizer.step(rate.at(step));
            ema.update();
        }
        optimizer.clearGradients();
        // @end
    }

    @Test
    void aGroupAddsOverItsRanks() {
        var config = GroupConfig.of(0, 1).at("127.0.0.1", 29_617);
        try (Tensor gradient = Torch.ones(3);
                ProcessGroup group = ProcessGroup.open(config)) {
            mean(group, gradient);
            assertThat(gradient.toFloats()).containsExactly(1, 1, 1);
        }
    }

    private static void mean(ProcessGroup group, Tensor gradient) {
        // @start region="process-group"
        group.allReduce(gradient, ReduceOp.MEAN); // in place, the same on all ranks
        if (group.isFirst()) {
            System.out.println(
                    "mean of " + group.size() + " ranks: " + gradient.sum().item());
        }
        // @end
    }
}
