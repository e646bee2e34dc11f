/**
 * Groups of processes that work together, on one machine or on many: ranks, sums over all of them, broadcasts.
 *
 * <p>A {@link dev.mmgen.torch.distributed.ProcessGroup} is opened from what a launcher (torchrun, {@code mpirun}, {@code srun},
 * {@code mmgen launch}) has told each process, or from a {@link dev.mmgen.torch.distributed.GroupConfig} in code. Gloo inside
 * libtorch carries tensors in main memory over TCP, NCCL those on GPUs.
 */
@NullMarked
package dev.mmgen.torch.distributed;

import org.jspecify.annotations.NullMarked;
