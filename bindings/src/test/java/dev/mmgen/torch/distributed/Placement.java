package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.StandInNccl;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/** Where the tensors of a group under test lie, and so what carries them. */
enum Placement {
    /** By Gloo. */
    MAIN_MEMORY,
    /** In main memory, too, but by the code for NCCL and the library that stands in for it. */
    STAND_IN,
    /** By NCCL, where there is a GPU for each rank. */
    GPU,
    /** By NCCL, which is not there. */
    WITHOUT_NCCL;

    /** Skips a test where there are not enough GPUs. */
    void require(int ranks) {
        if (this == GPU) {
            assumeThat(Torch.cudaDevices()).isGreaterThanOrEqualTo(ranks);
        }
    }

    ProcessGroup open(GroupConfig config) {
        return switch (this) {
            case MAIN_MEMORY, GPU -> ProcessGroup.open(config);
            case WITHOUT_NCCL -> ProcessGroup.open(config, _ -> true);
            case STAND_IN -> {
                StandInNccl.open();
                yield ProcessGroup.open(config, _ -> true);
            }
        };
    }

    /** Brings a tensor to the device of a rank. */
    Tensor place(Tensor tensor, int rank) {
        return this == GPU ? tensor.to(Device.cuda(rank)) : tensor;
    }

    /** What messages add to the form of a tensor. */
    String words() {
        return this == MAIN_MEMORY ? "" : " on GPU 1 of the rank";
    }
}
