package dev.mmgen.train.finetune;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directions of a transformer's tokens that no final layer reads. A final layer of a new modality that reads there can
 * learn without disturbing the others: the noise of each modality travels through the tokens to its own final layer.
 */
final class FreeDirections {

    /** Directions are drawn, so that none is favoured; which ones does not matter. */
    private static final long SEED = 2503;
    /** Rows shorter than this share of their length before lie in the directions that are taken. */
    private static final double LEAST_REST = 1e-3;

    private FreeDirections() {}

    /**
     * Returns the map of a further final layer: rows of the mean length of the last map's, orthogonal to one another and to all
     * rows of the others.
     *
     * @param maps of the final layers, {@code [p * p * C, D]} each
     * @return in the current scope, of the maps' shape, type and device; empty if the tokens have too few directions
     */
    static Optional<Tensor> beside(List<Tensor> maps) {
        Tensor last = maps.getLast();
        int rows = Math.toIntExact(last.size(0));
        int width = Math.toIntExact(last.size(1));
        if ((maps.size() + 1) * rows > width) {
            return Optional.empty();
        }
        List<double[]> taken = new ArrayList<>();
        for (Tensor map : maps) {
            rows(map).forEach(row -> addRest(taken, row));
        }
        List<double[]> free = new ArrayList<>();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(SEED)) {
            for (double[] row : rows(Torch.randn(generator, DType.FLOAT32, rows, width))) {
                addRest(taken, row);
                free.add(taken.getLast());
            }
        }
        double length = rows(last).stream()
                .mapToDouble(FreeDirections::length)
                .average()
                .orElse(0);
        float[] values = new float[rows * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (length * free.get(i / width)[i % width]);
        }
        return Optional.of(Torch.tensor(values, rows, width).to(last.device(), last.dtype()));
    }

    private static List<double[]> rows(Tensor map) {
        float[] values = map.to(Device.CPU, DType.FLOAT32).contiguous().toFloats();
        int width = Math.toIntExact(map.size(1));
        List<double[]> rows = new ArrayList<>();
        for (int start = 0; start < values.length; start += width) {
            double[] row = new double[width];
            for (int i = 0; i < width; i++) {
                row[i] = values[start + i];
            }
            rows.add(row);
        }
        return rows;
    }

    /** Adds the direction of what is left of a row without those that are taken (Gram and Schmidt), if anything is. */
    private static void addRest(List<double[]> taken, double[] row) {
        double before = length(row);
        // Once more, since rounding leaves a little of each after the first time.
        for (int pass = 0; pass < 2; pass++) {
            for (double[] direction : taken) {
                double share = product(direction, row);
                for (int i = 0; i < row.length; i++) {
                    row[i] -= share * direction[i];
                }
            }
        }
        double left = length(row);
        if (left > LEAST_REST * before) {
            for (int i = 0; i < row.length; i++) {
                row[i] /= left;
            }
            taken.add(row);
        }
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double length(double[] row) {
        return Math.sqrt(product(row, row));
    }
}
