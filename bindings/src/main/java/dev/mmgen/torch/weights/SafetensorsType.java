package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The element types as safetensors names them, in the order in which the format's own writer lays out a file: wide
 * types first, so that every tensor is aligned.
 */
enum SafetensorsType {
    I64(DType.INT64),
    F64(DType.FLOAT64),
    F32(DType.FLOAT32),
    I32(DType.INT32),
    BF16(DType.BFLOAT16),
    F16(DType.FLOAT16),
    I16(DType.INT16),
    I8(DType.INT8),
    U8(DType.UINT8),
    BOOL(DType.BOOL);

    /** The types of the format that have no counterpart here: of 8, 6 and 4 bits, unsigned, complex. */
    static final Set<String> FOREIGN = Set.of(
            "F8_E5M2",
            "F8_E4M3",
            "F8_E5M2FNUZ",
            "F8_E4M3FNUZ",
            "F8_E8M0",
            "F6_E2M3",
            "F6_E3M2",
            "F4",
            "U16",
            "U32",
            "U64",
            "C64");

    static final List<String> NAMES = Arrays.stream(values()).map(Enum::name).toList();

    private final DType dtype;

    SafetensorsType(DType dtype) {
        this.dtype = dtype;
    }

    static @Nullable DType named(String name) {
        for (SafetensorsType type : values()) {
            if (type.name().equals(name)) {
                return type.dtype;
            }
        }
        return null;
    }

    static SafetensorsType of(DType dtype) {
        for (SafetensorsType type : values()) {
            if (type.dtype == dtype) {
                return type;
            }
        }
        throw new IllegalArgumentException("safetensors has no element type " + dtype);
    }
}
