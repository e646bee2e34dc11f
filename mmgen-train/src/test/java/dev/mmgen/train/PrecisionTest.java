package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Machine;
import org.junit.jupiter.api.Test;

class PrecisionTest {

    @Test
    void bfloat16IsTheDefaultWhereItIsKnownToBeFaster() {
        assertThat(Precision.fastest(Device.cuda(0))).isEqualTo(Precision.BFLOAT16);
        assertThat(Precision.fastest(Device.CPU))
                .isEqualTo(
                        Machine.now().bfloat16() == Machine.Bfloat16.FASTER ? Precision.BFLOAT16 : Precision.FLOAT32);
    }
}
