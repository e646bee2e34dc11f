package dev.mmgen.train.feature;

import dev.mmgen.torch.Operator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * The resampling of a position table to another grid by cubic interpolation with antialiasing, timm's
 * {@code resample_abs_pos_embed}; the row of the class token stays as it is. (DINOv2's own code interpolates without
 * antialiasing and from a grid that is larger by 0.1; the reference does not use it.)
 */
final class PositionResampling {

    private static final Operator RESIZE =
            Operator.unchecked("aten::_upsample_bicubic2d_aa(Tensor self, SymInt[2] output_size, bool align_corners,"
                    + " float? scales_h=None, float? scales_w=None) -> Tensor");

    private PositionResampling() {}

    /**
     * Returns a table for a grid of {@code rows} by {@code columns} patches.
     *
     * @param table {@code [1, 1 + grid * grid, width]}
     * @return {@code [1, 1 + rows * columns, width]}
     */
    static Tensor resample(Tensor table, int grid, long rows, long columns) {
        if (rows == grid && columns == grid) {
            return table;
        }
        return TensorScope.keeping(() -> {
            long width = table.size(2);
            Tensor squares = table.slice(1, 1, table.size(1))
                    .reshape(1, grid, grid, width)
                    .permute(0, 3, 1, 2);
            Tensor resized = RESIZE.call(squares.contiguous(), new long[] {rows, columns}, false, null, null);
            Tensor flat = resized.permute(0, 2, 3, 1).reshape(1, rows * columns, width);
            return Torch.cat(List.of(table.slice(1, 0, 1), flat), 1);
        });
    }
}
