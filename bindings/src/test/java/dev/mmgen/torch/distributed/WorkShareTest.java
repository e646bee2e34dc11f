package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkShareTest {

    @Test
    void sharesMakeUpTheListInWholeBlocks() {
        for (int items : new int[] {0, 1, 5, 16, 17, 100}) {
            for (int size = 1; size < 6; size++) {
                List<Integer> all = IntStream.range(0, items).boxed().toList();
                List<Integer> together = new ArrayList<>();
                for (int rank = 0; rank < size; rank++) {
                    WorkShare share = new WorkShare(rank, size);
                    List<Integer> own = share.of(all, 4);
                    assertThat(own).hasSizeLessThanOrEqualTo(4 * ((items + 3) / 4 / size + 1));
                    assertThat(share.begin(items, 4) % 4 == 0 || own.isEmpty()).isTrue();
                    together.addAll(own);
                }
                assertThat(together).isEqualTo(all);
            }
        }
    }
}
