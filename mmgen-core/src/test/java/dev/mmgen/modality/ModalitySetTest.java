package dev.mmgen.modality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.json.Json;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class ModalitySetTest {

    private static final Modality CANNY = new Modality("canny", "Canny edges");

    @Test
    void standardOrderIsTheOfficialOne() {
        assertThat(ModalitySet.standard())
                .containsExactly(Modality.RGB, Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION);
        assertThat(ModalitySet.standard().indexOf(Modality.NORMAL)).isEqualTo(2);
        assertThat(ModalitySet.standard().get(3)).isEqualTo(Modality.SEGMENTATION);
    }

    @Test
    void findsByNameInAnyCaseAndByTheOfficialAlias() {
        assertThat(ModalitySet.standard().find("Depth")).isSameAs(Modality.DEPTH);
        assertThat(ModalitySet.standard().find("mask")).isSameAs(Modality.SEGMENTATION);
        assertThat(Modality.named("MASK")).isSameAs(Modality.SEGMENTATION);
        assertThat(Modality.named("canny")).isEqualTo(new Modality("canny", "canny"));
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> ModalitySet.standard().find("edges"))
                .withMessageContaining("edges")
                .withMessageContaining("rgb, depth, normal, segmentation");
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> ModalitySet.standard().indexOf(CANNY))
                .withMessageContaining("canny");
    }

    @Test
    void replacesAndAddsSlots() {
        assertThat(ModalitySet.standard().replace(Modality.SEGMENTATION, CANNY).list())
                .containsExactly(Modality.RGB, Modality.DEPTH, Modality.NORMAL, CANNY);
        ModalitySet five = ModalitySet.standard().add(CANNY);
        assertThat(five.size()).isEqualTo(5);
        assertThat(five.indexOf(CANNY)).isEqualTo(4);
        assertThat(ModalitySet.standard().contains(CANNY)).isFalse();
    }

    @Test
    void refusesDuplicatesAndImpossibleSizes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModalitySet.standard().add(Modality.RGB))
                .withMessageContaining("rgb");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModalitySet.standard().replace(Modality.DEPTH, Modality.RGB));
        assertThatIllegalArgumentException().isThrownBy(() -> ModalitySet.of(List.of()));
        List<String> names = IntStream.rangeClosed(0, ModalitySet.MAX_SIZE)
                .mapToObj(i -> "m" + i)
                .toList();
        assertThatIllegalArgumentException().isThrownBy(() -> ModalitySet.ofNames(names));
    }

    @Test
    void refusesNamesThatFilesCannotHave() {
        for (String name : List.of("", "../up", "Depth", "a b", "-x", "x".repeat(65))) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Modality(name, "Name"));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new Modality("name", " "));
    }

    @Test
    void slotsAreConsecutiveChannels() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor latents = Torch.arange(16).reshape(1, 8, 1, 2);
            Tensor slot = ModalitySet.standard().slot(latents, Modality.DEPTH);
            assertThat(slot.shape()).isEqualTo(Shape.of(1, 2, 1, 2));
            assertThat(slot.toLongs()).containsExactly(4, 5, 6, 7);
            Tensor odd = Torch.zeros(1, 6, 1, 2);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ModalitySet.standard().slot(odd, Modality.DEPTH))
                    .withMessageContaining("[1, 6, 1, 2]");
        }
    }

    @Test
    void survivesJson() {
        ModalitySet set = ModalitySet.standard().add(CANNY);
        String json = Json.COMPACT.write(set);
        assertThat(Json.COMPACT.read(Json.COMPACT.tree(json), ModalitySet.class))
                .isEqualTo(set);
    }
}
