package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The search for NCCL's library. */
class NcclSearchTest {

    private static final Path PIP = Path.of("/site-packages/torch/lib");

    /** A process in which no NCCL is open. */
    public static void main(String[] args) {
        Libtorch.load();
        try {
            System.out.println(new NcclSearch(Path.of(args[0])).open());
        } catch (TorchException e) {
            System.out.println(e.getMessage());
        }
    }

    @Test
    void looksBesideLibtorchAndInPipsPackageForIt() {
        assertThat(new NcclSearch(PIP).places())
                .containsExactly(PIP.resolve("libnccl.so.2"), Path.of("/site-packages/nvidia/nccl/lib/libnccl.so.2"));
    }

    @Test
    void namesThePlacesWhereNoneIs() throws Exception {
        ChildJvm child = ChildJvm.start(List.of(), NcclSearchTest.class, PIP.toString());
        assertThat(child.readLine())
                .startsWith(
                        "NCCL, which carries tensors between GPUs, is nowhere: libnccl.so.2 is not open in this process")
                .contains("/site-packages/torch/lib/libnccl.so.2, /site-packages/nvidia/nccl/lib/libnccl.so.2")
                .contains("Take a libtorch with CUDA");
        assertThat(child.exitCode()).isZero();
    }

    @Test
    void takesTheOneBesideLibtorch() throws Exception {
        ChildJvm child = ChildJvm.start(
                List.of(), NcclSearchTest.class, StandInNccl.file().getParent().toString());
        assertThat(child.readLine()).isEqualTo("2.27.3");
        assertThat(child.exitCode()).isZero();
    }
}
