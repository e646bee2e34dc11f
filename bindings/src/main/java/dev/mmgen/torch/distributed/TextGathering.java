package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The gathering of a text from every rank. Bytes travel as int64: the texts are short, and no other integer type is exchanged.
 *
 * @param group   that waits for the exchanges
 * @param carrier in main memory
 */
record TextGathering(ProcessGroup group, Carrier carrier) {

    /** Returns the texts of all ranks, in their order; all ranks call this at the same time. */
    List<String> gather(String what, String own) {
        byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
        try (TensorScope _ = TensorScope.open()) {
            long[] lengths = gather(what, new long[] {bytes.length});
            int longest = (int) Arrays.stream(lengths).max().orElse(0);
            if (longest == 0) {
                return Collections.nCopies(group.size(), "");
            }
            long[] wide = new long[longest];
            Arrays.setAll(wide, i -> i < bytes.length ? bytes[i] : 0);
            long[] all = gather(what, wide);
            List<String> texts = new ArrayList<>();
            for (int rank = 0; rank < group.size(); rank++) {
                texts.add(text(all, rank * longest, (int) lengths[rank]));
            }
            return texts;
        }
    }

    private long[] gather(String what, long[] own) {
        Tensor share = Torch.tensor(own, own.length);
        Tensor whole = Torch.zeros(group.size() * (long) own.length).to(DType.INT64);
        group.run(what, () -> carrier.allGather(whole, share));
        return whole.toLongs();
    }

    private static String text(long[] wide, int begin, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) wide[begin + i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
