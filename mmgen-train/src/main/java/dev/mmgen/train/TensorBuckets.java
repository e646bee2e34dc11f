package dev.mmgen.train;

import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.Collective;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The exchange of many tensors in buckets of about 25 MB, the size of PyTorch's, rather than one by one; while a bucket is under way
 * the next is filled.
 *
 * @param exchange begins to replace the elements of a bucket
 */
record TensorBuckets(Exchange exchange) {

    static final long BYTES = 25 << 20;

    /** Buckets under way at the same time; each takes its size in memory. */
    private static final int UNDER_WAY = 2;

    /** An exchange of one bucket. */
    interface Exchange {
        /** Begins it; the bucket, on the device of its tensors, is not touched until it is awaited. */
        Collective start(Tensor bucket);
    }

    /** A bucket and the tensors that it was filled from. */
    private record Bucket(Tensor flat, List<Tensor> tensors, Collective exchange) {

        void finish() {
            exchange.await();
            long begin = 0;
            for (Tensor tensor : tensors) {
                long end = begin + tensor.elements();
                tensor.copy_(flat.slice(0, begin, end).reshape(tensor.shape().toArray()));
                begin = end;
            }
            flat.close();
        }
    }

    /** Exchanges tensors in place; they are the same ones in the same order on all ranks. */
    void exchange(List<Tensor> tensors) {
        Deque<Bucket> running = new ArrayDeque<>();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            for (List<Tensor> bucket : split(tensors)) {
                if (running.size() == UNDER_WAY) {
                    running.removeFirst().finish();
                }
                running.add(start(bucket));
            }
            running.forEach(Bucket::finish);
        }
    }

    private static List<List<Tensor>> split(List<Tensor> tensors) {
        List<List<Tensor>> buckets = new ArrayList<>();
        long bytes = BYTES;
        for (Tensor tensor : tensors) {
            if (bytes >= BYTES) {
                buckets.add(new ArrayList<>());
                bytes = 0;
            }
            buckets.getLast().add(tensor);
            bytes += tensor.elements() * tensor.dtype().byteSize();
        }
        return buckets;
    }

    private Bucket start(List<Tensor> tensors) {
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> rows = tensors.stream()
                    .map(tensor -> tensor.detach().reshape(tensor.elements()))
                    .toList();
            Tensor flat = scope.keep(Torch.cat(rows, 0));
            return new Bucket(flat, tensors, exchange.start(flat));
        }
    }
}
