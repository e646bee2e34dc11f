package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentTest {

    @Test
    void valuesEqualThoseComputedByHand() {
        assertThat(Assignment.maximise(new double[][] {{9, 8}, {8, 1}})).containsExactly(1, 0);
        assertThat(Assignment.maximise(new double[][] {{1, 5, 3}})).containsExactly(1);
        assertThat(Assignment.maximise(new double[][] {{1}, {5}, {3}})).containsExactly(-1, 0, -1);
        assertThat(Assignment.maximise(new double[][] {{-4, -3}, {-1, -9}})).containsExactly(1, 0);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,5", "5,3", "6,6", "4,7", "7,4", "7,7"})
    void equalsBruteForce(int rows, int columns) {
        Random random = new Random(31L * rows + columns);
        for (int round = 0; round < 50; round++) {
            // few distinct values make ties, which augmenting paths have to walk through
            int distinct = round % 2 == 0 ? 4 : 1000;
            double[][] values = new double[rows][columns];
            for (double[] row : values) {
                Arrays.setAll(row, _ -> random.nextInt(distinct) / 7.0 - 0.2);
            }
            int[] found = Assignment.maximise(values);
            assertThat(Arrays.stream(found).filter(j -> j >= 0))
                    .doesNotHaveDuplicates()
                    .hasSize(Math.min(rows, columns));
            assertThat(sum(values, found))
                    .isCloseTo(best(values, 0, new boolean[columns], Math.max(0, rows - columns)), within(1e-12));
        }
    }

    private static double sum(double[][] values, int[] columns) {
        double sum = 0;
        for (int i = 0; i < columns.length; i++) {
            sum += columns[i] < 0 ? 0 : values[i][columns[i]];
        }
        return sum;
    }

    private static double best(double[][] values, int row, boolean[] used, int mayStayAlone) {
        if (row == values.length) {
            return 0;
        }
        double best = mayStayAlone > 0 ? best(values, row + 1, used, mayStayAlone - 1) : Double.NEGATIVE_INFINITY;
        for (int j = 0; j < used.length; j++) {
            if (!used[j]) {
                used[j] = true;
                best = Math.max(best, values[row][j] + best(values, row + 1, used, mayStayAlone));
                used[j] = false;
            }
        }
        return best;
    }

    @Test
    void emptyTableHasNoAssignment() {
        assertThat(Assignment.maximise(new double[0][])).isEmpty();
        assertThat(Assignment.maximise(new double[2][0])).containsExactly(-1, -1);
    }

    @Test
    void brokenTablesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Assignment.maximise(new double[][] {{1, 2}, {1}}));
        assertThatIllegalArgumentException().isThrownBy(() -> Assignment.maximise(new double[][] {{Double.NaN}}));
    }
}
