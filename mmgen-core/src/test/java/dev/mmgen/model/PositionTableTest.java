package dev.mmgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Positions of grids that are larger than that of the training. */
@ExtendWith(TensorLeakCheck.class)
class PositionTableTest {

    private static final int WIDTH = 8;

    private static float[] floats(PositionTable table) {
        try (Tensor tensor = table.tensor()) {
            return tensor.toFloats();
        }
    }

    private static float[] token(float[] table, int columns, int row, int column) {
        float[] token = new float[WIDTH];
        System.arraycopy(table, (row * columns + column) * WIDTH, token, 0, WIDTH);
        return token;
    }

    @Test
    void largerGridsAreSpreadOverTheTrainedPlaces() {
        float[] trained = floats(PositionTable.of(8, 8, WIDTH));
        float[] larger = floats(PositionTable.stretched(12, 16, 8, WIDTH));
        for (int row = 0; row < 4; row++) {
            for (int column = 0; column < 8; column++) {
                assertThat(token(larger, 16, 3 * row, 2 * column))
                        .containsExactly(token(trained, 8, 2 * row, column), within(1e-6f));
            }
        }
    }

    @Test
    void smallerGridsKeepTheTrainedSteps() {
        assertThat(floats(PositionTable.stretched(4, 8, 8, WIDTH))).isEqualTo(floats(PositionTable.of(4, 8, WIDTH)));
    }
}
