package dev.mmgen;

import dev.mmgen.codec.Tiling;
import dev.mmgen.lora.Adapter;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Machine;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Options of opening a model. Start from {@link #DEFAULT} or {@link #cuda}.
 *
 * @param device the device that it computes on
 * @param dtype  the transformer's element type. Null keeps the one its weights are stored in, save for bfloat16 on a processor that
 *     is known to be slower with it, see {@link Machine#bfloat16}: there it is float32, if those weights take no more than half of the
 *     available memory. {@link DType#INT8} chooses likewise, and multiplies tokens in eight bits within the blocks, see {@link
 *     dev.mmgen.model.DiffusionTransformer#quantize}. The autoencoder computes in float32 always, since it is a small part of the work
 *     and sensitive to rounding
 * @param tiling the tiles that the autoencoder cuts large images into
 * @param adapters LoRA adapters that are laid over the transformer, see {@link MmGen#withAdapters}
 * @param guide  a weaker model of the same modalities and classes that guides (autoguidance, see
 *     {@link dev.mmgen.sampling.Guidance}): a model folder, whose autoencoder is not read, or an official {@code .pt} checkpoint; null
 *     for the one that the model folder brings, or none
 */
public record MmGenOptions(
        Device device,
        @Nullable DType dtype,
        Tiling tiling,
        List<Adapter> adapters,
        @Nullable Path guide) {

    /** On the processor, in the type of the weights or a faster one. */
    public static final MmGenOptions DEFAULT = new MmGenOptions(Device.CPU, null, Tiling.DEFAULT, List.of(), null);

    /**
     * @throws IllegalArgumentException if the type is not one a network computes in on that device
     */
    public MmGenOptions {
        adapters = List.copyOf(adapters);
        if (dtype != null && !dtype.isFloatingPoint() && dtype != DType.INT8) {
            throw new IllegalArgumentException(
                    "a network cannot compute in " + dtype.torchName() + "; use float32, bfloat16, float16 or int8");
        }
        if (dtype == DType.INT8 && device.type() != Device.Type.CPU) {
            throw new IllegalArgumentException("int8 is computed on the CPU only; use bfloat16 on " + device);
        }
    }

    /**
     * Returns the type of the transformer's weights in memory.
     *
     * @param stored  the type they are stored in
     * @param weights how many they are
     */
    DType weightType(DType stored, long weights, Machine machine) {
        if (dtype != null && dtype != DType.INT8) {
            return dtype;
        }
        boolean slow = stored == DType.BFLOAT16
                && device.type() == Device.Type.CPU
                && machine.bfloat16() == Machine.Bfloat16.SLOWER
                && Float.BYTES * weights <= machine.availableMemory().orElse(0) / 2;
        boolean widened = slow || dtype == DType.INT8 && stored != DType.BFLOAT16;
        return widened ? DType.FLOAT32 : stored;
    }

    /** Returns options for the first CUDA device, in the type of the weights. */
    public static MmGenOptions cuda() {
        return DEFAULT.on(Device.cuda(0));
    }

    /** Returns these options with another device. */
    public MmGenOptions on(Device newDevice) {
        return new MmGenOptions(newDevice, dtype, tiling, adapters, guide);
    }

    /** Returns these options with another element type of the transformer; null leaves the choice to the weights and the machine. */
    public MmGenOptions in(@Nullable DType newDtype) {
        return new MmGenOptions(device, newDtype, tiling, adapters, guide);
    }

    /** Returns these options with other tiles of the autoencoder. */
    public MmGenOptions tiled(Tiling newTiling) {
        return new MmGenOptions(device, dtype, newTiling, adapters, guide);
    }

    /** Returns these options with LoRA adapters laid over the transformer. */
    public MmGenOptions adapted(Adapter... newAdapters) {
        return new MmGenOptions(device, dtype, tiling, List.of(newAdapters), guide);
    }

    /** Returns these options with a weaker model that guides; null for the one that the model folder brings, or none. */
    public MmGenOptions guidedBy(@Nullable Path newGuide) {
        return new MmGenOptions(device, dtype, tiling, adapters, newGuide);
    }
}
