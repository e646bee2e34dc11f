package dev.mmgen.cli.training;

import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.train.feature.DinoV2;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The networks that look at images while a model is trained. They are closed after all that uses them. */
final class Encoders implements AutoCloseable {

    private final Device device;
    private final @Nullable AutoencoderKl autoencoder;
    private final @Nullable DinoV2 dino;

    private Encoders(Device device, @Nullable AutoencoderKl autoencoder, @Nullable DinoV2 dino) {
        this.device = device;
        this.autoencoder = autoencoder;
        this.dino = dino;
    }

    /**
     * Opens what is given.
     *
     * @param autoencoder a folder in the layout of diffusers
     * @param dino        a file of DINOv2's weights
     */
    static Encoders open(@Nullable Path autoencoder, @Nullable Path dino, Device device) {
        AutoencoderKl opened = autoencoder == null ? null : AutoencoderFolder.open(autoencoder);
        Encoders encoders = new Encoders(device, opened, null);
        try {
            if (opened != null) {
                opened.to(device, DType.FLOAT32);
            }
            return dino == null ? encoders : new Encoders(device, opened, open(dino, device));
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

    Device device() {
        return device;
    }

    @Nullable
    AutoencoderKl autoencoder() {
        return autoencoder;
    }

    @Nullable
    DinoV2 dino() {
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
