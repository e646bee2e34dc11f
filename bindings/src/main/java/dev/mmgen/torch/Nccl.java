package dev.mmgen.torch;

import dev.mmgen.torch.ffi.nccl.NcclLibrary;
import dev.mmgen.torch.ffi.nccl.ncclUniqueId;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/**
 * NCCL, which carries tensors between GPUs, by its own C functions: what is there of it, and the identifiers under which ranks connect.
 * {@link dev.mmgen.torch.distributed.ProcessGroup} is what programs use.
 */
public final class Nccl {

    private Nccl() {}

    /**
     * Finds NCCL and what it needs of libtorch.
     *
     * @return its release, such as {@code 2.27.3}, which is to be the same in all ranks
     * @throws TorchException with the remedy if libtorch has no CUDA, or NCCL is nowhere or older than 2.14
     */
    public static String release() {
        CudaDevice.requireAvailable();
        return new NcclSearch(Libtorch.describe().folder()).open();
    }

    /**
     * Makes what the ranks of one communicator have in common; one of them does, and tells the others.
     *
     * @return a text of 256 hexadecimal digits
     * @throws TorchException with NCCL's reason, such as that there is no network interface
     */
    public static String newId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = ncclUniqueId.allocate(arena);
            int result = NcclLibrary.ncclGetUniqueId(id);
            if (result != NcclLibrary.NCCL_SUCCESS()) {
                throw failure("making an identifier", result);
            }
            return HexFormat.of().formatHex(id.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    static MemorySegment id(String digits, Arena arena) {
        byte[] bytes = HexFormat.of().parseHex(digits);
        if (bytes.length != NcclLibrary.NCCL_UNIQUE_ID_BYTES()) {
            throw new IllegalArgumentException(
                    "an identifier of " + bytes.length + " bytes; it must have " + NcclLibrary.NCCL_UNIQUE_ID_BYTES());
        }
        MemorySegment id = ncclUniqueId.allocate(arena);
        MemorySegment.copy(bytes, 0, id, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return id;
    }

    static TorchException failure(String what, int result) {
        String reason = text(NcclLibrary.ncclGetLastError(MemorySegment.NULL));
        String remedy = result == NcclLibrary.NCCL_INVALID_USAGE()
                ? "; every rank needs a GPU of its own, such as cuda:LOCAL_RANK"
                : "";
        return new TorchException("NCCL: " + what + " failed: " + text(NcclLibrary.ncclGetErrorString(result)) + " ("
                + result + ")" + (reason.isBlank() ? "" : ": " + reason.strip()) + remedy
                + "; NCCL_DEBUG=WARN in the environment tells more");
    }

    private static String text(MemorySegment text) {
        return text.address() == 0 ? "" : text.reinterpret(Integer.MAX_VALUE).getString(0);
    }

    /** Returns NCCL's number of a type. */
    static int number(DType type) {
        return switch (type) {
            case FLOAT32 -> NcclLibrary.NCCL_FLOAT32();
            case FLOAT64 -> NcclLibrary.NCCL_FLOAT64();
            case BFLOAT16 -> NcclLibrary.NCCL_BFLOAT16();
            case FLOAT16 -> NcclLibrary.NCCL_FLOAT16();
            case INT64 -> NcclLibrary.NCCL_INT64();
            default ->
                throw new IllegalArgumentException("NCCL carries float32, float64, bfloat16, float16 and int64, not "
                        + type.torchName() + "; convert the tensor");
        };
    }
}
