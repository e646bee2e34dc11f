package dev.mmgen.torch.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class StateDictTest {

    private static StateDict dict(String... keys) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String key : keys) {
            tensors.put(key, Torch.zeros(tensors.size() + 1, 2));
        }
        return StateDict.of(tensors);
    }

    @Test
    void keepsTheOrderAndCounts() {
        try (StateDict dict = dict("z", "a", "m")) {
            assertThat(dict.keys()).containsExactly("z", "a", "m");
            assertThat(dict.size()).isEqualTo(3);
            assertThat(dict.shape("m")).isEqualTo(Shape.of(3, 2));
            assertThat(dict.dtype("m")).isEqualTo(DType.FLOAT32);
            assertThat(dict.parameterCount()).isEqualTo(12);
            assertThatThrownBy(() -> dict.asMap().clear()).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void aChecksumTellsTheSmallestDifference() {
        try (StateDict first = dict("a", "b");
                StateDict second = dict("a", "b")) {
            assertThat(second.checksum()).isEqualTo(first.checksum());
            second.get("b").fill_(Float.MIN_VALUE);
            assertThat(second.checksum()).isNotEqualTo(first.checksum());
        }
    }

    @Test
    void aMissingKeyTellsTheMostSimilarOne() {
        try (StateDict dict = dict("blocks.0.attn.qkv.weight", "blocks.0.attn.qkv.bias", "pos_embed")) {
            assertThatThrownBy(() -> dict.get("block.0.attn.qkv.bias"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'block.0.attn.qkv.bias'")
                    .hasMessageContaining("most similar is 'blocks.0.attn.qkv.bias'");
            assertThat(dict.has("pos_embed")).isTrue();
        }
        try (StateDict empty = dict()) {
            assertThatThrownBy(() -> empty.get("x"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("among 0");
        }
    }

    @Test
    void derivedDictsShareTheirTensors() {
        long liveBefore = Torch.liveTensors();
        StateDict dict = dict("module.a.x", "module.b.y", "c");
        StateDict part = dict.subset("module.").withPrefixRemoved("module.");

        assertThat(part.keys()).containsExactly("a.x", "b.y");
        assertThat(dict.withPrefixRemoved("module.").keys()).containsExactly("a.x", "b.y", "c");
        assertThat(part.get("b.y")).isSameAs(dict.get("module.b.y"));
        part.close();
        dict.close();
        assertThat(dict.get("c").isClosed()).isTrue();
        assertThat(Torch.liveTensors()).isEqualTo(liveBefore);
    }

    @Test
    void namesMayNotCollide() {
        try (StateDict dict = dict("module.a", "a")) {
            assertThatThrownBy(() -> dict.withPrefixRemoved("module."))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'a'");
        }
    }
}
