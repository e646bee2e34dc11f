package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StoredArrayTest {

    @Test
    void anEmptyArrayMayHaveOtherSizesThatAreLarge() {
        assertThat(StoredArray.of(new float[0], 4, 4, 226_492_675, 0).shape()).containsExactly(4, 4, 226_492_675, 0);
        assertThat(StoredArray.of(new float[0], 0, Integer.MAX_VALUE, Integer.MAX_VALUE)
                        .values())
                .isEmpty();
    }

    @Test
    void valuesAndShapeMustAgree() {
        assertThatThrownBy(() -> StoredArray.of(new float[3], 2, 2)).hasMessage("3 values for the shape [2, 2]");
        assertThatThrownBy(() -> StoredArray.of(new float[0], Integer.MAX_VALUE, Integer.MAX_VALUE, 4, 4))
                .hasMessageContaining("0 values for the shape");
        assertThatThrownBy(() -> StoredArray.of(new float[0], -1)).hasMessageContaining("negative size");
    }
}
