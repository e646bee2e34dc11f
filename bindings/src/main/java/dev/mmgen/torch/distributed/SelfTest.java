package dev.mmgen.torch.distributed;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;

/** Exchanges of known values, before any that matter: layouts of C++ objects are taken for granted in the native layer. */
record SelfTest(ProcessGroup group) {

    private static final DType[] TYPES = {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16, DType.INT64};

    void run() {
        boolean first = group.rank() == 0;
        boolean last = group.rank() == group.size() - 1;
        try (TensorScope _ = TensorScope.open()) {
            for (DType type : TYPES) {
                Tensor sum = Torch.tensor(new double[] {first ? 3 : 0, last ? -2 : 0, first ? 0.5 : 0}, 3)
                        .to(type);
                group.allReduce(sum, ReduceOp.SUM);
                require("sum of " + type.torchName(), sum, 3, -2, type == DType.INT64 ? 0 : 0.5);
                Tensor largest = Torch.tensor(new double[] {first ? 3 : -1, last ? 5 : -7, -1}, 3)
                        .to(type);
                group.allReduce(largest, ReduceOp.MAX);
                require("maximum of " + type.torchName(), largest, 3, 5, -1);
            }
            Tensor sent = Torch.tensor(new double[] {last ? 4 : 0, 2, last ? -6 : 1}, 3);
            group.broadcast(sent, group.size() - 1);
            require("broadcast", sent, 4, 2, -6);
            Tensor ranks = group.allGather(Torch.scalar(group.rank()).to(DType.INT64));
            long[] expected = new long[group.size()];
            Arrays.setAll(expected, i -> i);
            if (!Arrays.equals(ranks.toLongs(), expected)) {
                throw fault("all-gather", Arrays.toString(ranks.toLongs()));
            }
        }
    }

    private static void require(String what, Tensor result, double... expected) {
        double[] found = result.to(DType.FLOAT64).toDoubles();
        if (!Arrays.equals(found, expected)) {
            throw fault(what, Arrays.toString(found) + " in place of " + Arrays.toString(expected));
        }
    }

    private static ProcessGroupException fault(String what, String found) {
        return new ProcessGroupException("no process groups with this libtorch: its " + what + " came to " + found
                + "; use the libtorch of the Maven dependency");
    }
}
