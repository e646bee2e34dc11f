package dev.mmgen.examples;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Scenes to train on where there are no pictures: a rectangle on a background, as 8 × 8 latents of four channels. Depth,
 * normals, segments and Canny edges of a scene follow from the scene, so that a model can learn them.
 */
final class MadeUpScenes {

    private static final int SIZE = 8;

    private MadeUpScenes() {}

    /**
     * Returns scenes with these modalities: {@code rgb}, {@code depth}, {@code normal}, {@code segmentation} or
     * {@code canny}. The class of a scene is the quarter that the rectangle begins in.
     */
    static TrainingBatch of(List<String> modalities, int count, long seed) {
        try (TensorScope scope = TensorScope.open();
                Generator generator = Generator.seeded(seed)) {
            long[] corners = Torch.randint(generator, 0, 6, count, 2).toLongs();
            long[] labels = new long[count];
            List<Tensor> inside = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long row = corners[2 * i];
                long column = corners[2 * i + 1];
                labels[i] = 2 * (row / 3) + column / 3;
                inside.add(rectangle(row, column, 3));
            }
            Tensor mask = Torch.stack(inside, 0).unsqueeze(1);
            List<Tensor> slots =
                    modalities.stream().map(name -> slot(name, mask)).toList();
            return new TrainingBatch(scope.keep(Torch.cat(slots, 1)), scope.keep(Torch.tensor(labels)), null);
        }
    }

    private static Tensor rectangle(long row, long column, long side) {
        float[] values = new float[SIZE * SIZE];
        for (int i = 0; i < values.length; i++) {
            long down = i / SIZE - row;
            long right = i % SIZE - column;
            values[i] = down >= 0 && down < side && right >= 0 && right < side ? 1 : 0;
        }
        return Torch.tensor(values, SIZE, SIZE);
    }

    /** Four channels {@code [N, 4, 8, 8]} from the rectangles {@code [N, 1, 8, 8]}. */
    private static Tensor slot(String modality, Tensor mask) {
        Tensor one = switch (modality) {
            case "rgb" -> mask.mul(2).add(-1);
            case "depth" -> mask.mul(-1.5).add(0.5);
            case "normal" -> mask.sub(shifted(mask, 2));
            case "segmentation" -> mask;
            case "canny" -> edges(mask);
            default -> throw new IllegalArgumentException("no scenes with '" + modality + "'");
        };
        return Torch.cat(List.of(one, one.neg(), one.mul(0.5), one.mul(-0.5)), 1);
    }

    /** The same a row (dimension 2) down or a column (dimension 3) to the right. */
    private static Tensor shifted(Tensor mask, int dimension) {
        Tensor empty = mask.slice(dimension, 0, 1).mul(0);
        return Torch.cat(List.of(empty, mask.slice(dimension, 0, SIZE - 1)), dimension);
    }

    /** The border of the rectangle: what Canny finds in so clean a picture. */
    private static Tensor edges(Tensor mask) {
        return mask.sub(shifted(mask, 2))
                .abs()
                .add(mask.sub(shifted(mask, 3)).abs())
                .clamp(0, 1);
    }
}
