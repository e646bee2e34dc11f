package dev.mmgen.train;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** Returns bfloat16 on devices that are faster with it, GPUs and newer processors, else float32. */
    public static Precision fastest(Device device) {
        if (device.type() == Device.Type.CUDA) {
            return BFLOAT16;
        }
        try {
            return Files.exists(PROCESSOR) ? fastest(Files.readAllLines(PROCESSOR)) : FLOAT32;
        } catch (IOException _) {
            return FLOAT32;
        }
    }

    /**
     * Intel's processors have bfloat16 in AVX-512 too, but gain by AMX alone: without it a step of a
     * fine-tuning took 0.8 s in bfloat16 and 0.5 s in float32.
     */
    static Precision fastest(List<String> processor) {
        String flags = line(processor, "flags");
        boolean fast = flags.contains("amx_bf16")
                || flags.contains("avx512_bf16") && line(processor, "vendor_id").contains("AuthenticAMD");
        return fast ? BFLOAT16 : FLOAT32;
    }

    private static String line(List<String> processor, String name) {
        return processor.stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .orElse("");
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
