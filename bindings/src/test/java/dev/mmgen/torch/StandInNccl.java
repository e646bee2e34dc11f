package dev.mmgen.torch;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;

/**
 * The library of native/test/stand-in, which takes the place of NCCL and of CUDA in this process: tensors in main memory are exchanged by
 * the calls that NCCL would be given. What NCCL makes of these calls is not tested so.
 */
public final class StandInNccl {

    private static final String FAULT = "NCCL_STAND_IN";

    private StandInNccl() {}

    /** Takes the place; without effect where it was taken. */
    public static void open() {
        Path file = file();
        Libtorch.load();
        NativeShim.open(file, false);
        CudaDevice.bind(file, Device.Type.CPU);
    }

    /** The library. A test is skipped on systems for which it is not built, and where libtorch has CUDA and so NCCL itself. */
    static Path file() {
        Path file = Path.of(System.getProperty("mmgen.test.nccl")).normalize();
        Path libtorch = Libtorch.describe().folder();
        assumeThat(file).isRegularFile();
        assumeThat(libtorch).isNotNull();
        assumeThat(libtorch.resolve(System.mapLibraryName("torch_cuda"))).doesNotExist();
        return file;
    }

    /** Lets it fail from now on, in a way that its source has a word for. */
    public static void fail(String how) {
        recover();
        NativeShim.setDefault(FAULT, how);
    }

    public static void recover() {
        NativeShim.unset(FAULT);
    }
}
