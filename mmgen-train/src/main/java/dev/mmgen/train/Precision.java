package dev.mmgen.train;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The type that products of matrices are computed in. Weights, gradients, moments and EMA are always float32. */
public enum Precision {
    /** Single precision throughout. */
    FLOAT32("no", null),
    /** Mixed precision with bfloat16, which needs no scaling of the loss. */
    BFLOAT16("bf16", DType.BFLOAT16),
    /** Mixed precision with float16 and a scaled loss; meant for GPUs, slow on most processors. */
    FLOAT16("fp16", DType.FLOAT16);

    /** The processor as Linux describes it; other systems have no such file, and get float32. */
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

    private final String officialName;
    private final @Nullable DType lower;

    Precision(String officialName, @Nullable DType lower) {
        this.officialName = officialName;
        this.lower = lower;
    }

    /** Returns bfloat16 where a device has instructions for it, GPUs and newer processors, else float32. */
    public static Precision fastest(Device device) {
        if (device.type() == Device.Type.CUDA) {
            return BFLOAT16;
        }
        try {
            boolean fast = Files.exists(PROCESSOR)
                    && Files.readAllLines(PROCESSOR).stream()
                            .filter(line -> line.startsWith("flags"))
                            .findFirst()
                            .filter(flags -> flags.contains("avx512_bf16") || flags.contains("amx_bf16"))
                            .isPresent();
            return fast ? BFLOAT16 : FLOAT32;
        } catch (IOException _) {
            return FLOAT32;
        }
    }

    /** Returns the value of the official argument {@code mixed_precision}. */
    String officialName() {
        return officialName;
    }

    /** Returns the lower type, null where there is none. */
    public @Nullable DType lower() {
        return lower;
    }

    /** Returns true if small gradients would vanish unless the loss is scaled. */
    boolean scalesLoss() {
        return this == FLOAT16;
    }
}
