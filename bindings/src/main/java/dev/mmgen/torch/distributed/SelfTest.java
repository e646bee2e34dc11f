package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;

/**
 * Exchanges of known values, before any that matter: layouts of C++ objects and numbers of types are taken for granted below.
 *
 * @param group   that waits for the exchanges
 * @param carrier under test
 * @param device  whose tensors it carries
 * @param fault   the words before what came out wrong
 * @param remedy  the words behind
 */
record SelfTest(ProcessGroup group, Carrier carrier, Device device, String fault, String remedy) {

    private static final DType[] TYPES = {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16, DType.INT64};

    void run() {
        boolean first = group.rank() == 0;
        boolean last = group.rank() == group.size() - 1;
        try (TensorScope _ = TensorScope.open()) {
            for (DType type : TYPES) {
                Tensor sum = tensor(type, first ? 3 : 0, last ? -2 : 0, first ? 0.5 : 0);
                group.run("self-test", () -> carrier.allReduce(sum, false));
                require("sum of " + type.torchName(), sum, 3, -2, type == DType.INT64 ? 0 : 0.5);
                Tensor largest = tensor(type, first ? 3 : -1, last ? 5 : -7, -1);
                group.run("self-test", () -> carrier.allReduce(largest, true));
                require("maximum of " + type.torchName(), largest, 3, 5, -1);
            }
            Tensor sent = tensor(DType.FLOAT32, last ? 4 : 0, 2, last ? -6 : 1);
            group.run("self-test", () -> carrier.broadcast(sent, group.size() - 1));
            require("broadcast", sent, 4, 2, -6);
            Tensor own = tensor(DType.INT64, group.rank());
            Tensor ranks = tensor(DType.INT64, new double[group.size()]);
            group.run("self-test", () -> carrier.allGather(ranks, own));
            double[] expected = new double[group.size()];
            Arrays.setAll(expected, i -> i);
            require("all-gather", ranks, expected);
        }
    }

    private Tensor tensor(DType type, double... values) {
        return Torch.tensor(values, values.length).to(device, type);
    }

    private void require(String what, Tensor result, double... expected) {
        double[] found = result.to(DType.FLOAT64).toDoubles();
        if (!Arrays.equals(found, expected)) {
            throw new ProcessGroupException(fault + what + " came to " + Arrays.toString(found) + " in place of "
                    + Arrays.toString(expected) + remedy);
        }
    }
}
