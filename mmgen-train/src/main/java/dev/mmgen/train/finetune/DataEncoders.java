package dev.mmgen.train.finetune;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.train.feature.DinoV2;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The networks that encode images while a model is trained: an autoencoder for latents, DINOv2 for features. Both compute in
 * float32. Close them after the {@link dev.mmgen.train.data.Dataset}s that use them.
 */
public final class DataEncoders implements AutoCloseable {

    private final Device device;
    private final @Nullable AutoencoderKl autoencoder;
    private final @Nullable DinoV2 dino;

    private DataEncoders(Device device, @Nullable AutoencoderKl autoencoder, @Nullable DinoV2 dino) {
        this.device = device;
        this.autoencoder = autoencoder;
        this.dino = dino;
    }

    /**
     * Opens the networks.
     *
     * @param autoencoder a folder in the layout of diffusers; null for none
     * @param dino        a file of DINOv2's weights; null for none
     * @param device      the device to compute on
     */
    public static DataEncoders open(@Nullable Path autoencoder, @Nullable Path dino, Device device) {
        AutoencoderKl opened = autoencoder == null ? null : AutoencoderFolder.open(autoencoder);
        DataEncoders encoders = new DataEncoders(device, opened, null);
        try {
            if (opened != null) {
                opened.to(device, DType.FLOAT32);
            }
            return dino == null ? encoders : new DataEncoders(device, opened, open(dino, device));
        } catch (RuntimeException e) {
            encoders.close();
            throw e;
        }
    }

    private static DinoV2 open(Path file, Device device) {
        DinoV2 dino = DinoV2.open(file);
        try {
            dino.to(device, DType.FLOAT32);
            return dino;
        } catch (RuntimeException e) {
            dino.close();
            throw e;
        }
    }

    /** Returns the device that the networks compute on. */
    public Device device() {
        return device;
    }

    /** Returns the autoencoder; null if there is none. */
    public @Nullable AutoencoderKl autoencoder() {
        return autoencoder;
    }

    /** Returns DINOv2; null if there is none. */
    public @Nullable DinoV2 dino() {
        return dino;
    }

    @Override
    public void close() {
        if (autoencoder != null) {
            autoencoder.close();
        }
        if (dino != null) {
            dino.close();
        }
    }
}
