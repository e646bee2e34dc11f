package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.TiledAutoencoder;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.ModelFolderException;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.lora.Adapter;
import dev.mmgen.lora.AdapterOverlay;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Machine;
import dev.mmgen.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from a model's files to its pipeline: transformer and autoencoder are mapped, placed on the device in the type to compute in,
 * adapted, and joined with its guide or its student. Whatever was opened is closed again where a later step fails.
 */
record ModelOpening(MmGenOptions options) {

    /**
     * A pipeline of parts that were opened for it.
     *
     * @param transformer that draws
     * @param release     closes the parts
     */
    record Opened(ImagePipeline pipeline, DiffusionTransformer transformer, Runnable release) {

        Opened named(String name) {
            return new Opened(pipeline.named(name), transformer, release);
        }
    }

    /** Opens a model folder, and the guide in it unless the options name another, or else its student, unless they adapt the model. */
    Opened folder(Path folder) {
        requireThere(options.device());
        ModelFolder model = ModelFolder.open(folder);
        Opened opened = join(model.config(), model.transformer(), folder.resolve(ModelFolder.AUTOENCODER));
        opened = opened.named(Adapter.names(name(folder), options.adapters()));
        Path own = model.guide().map(ModelFolder::path).orElse(null);
        Path weaker = options.guide() == null ? own : options.guide();
        Path student = model.student().orElse(null);
        return student == null || weaker != null || !options.adapters().isEmpty()
                ? guided(opened, weaker)
                : taught(opened, model, student);
    }

    /** Lays a student over the model, which stays as it is beside it. */
    private static Opened taught(Opened opened, ModelFolder model, Path folder) {
        try {
            Student student = Student.open(model, folder, opened.transformer());
            return new Opened(opened.pipeline().taught(student), opened.transformer(), () -> {
                student.close();
                opened.release().run();
            });
        } catch (RuntimeException e) {
            opened.release().run();
            throw e;
        }
    }

    /** Opens the EMA weights of an official checkpoint, and an autoencoder's folder. */
    Opened checkpoint(Path checkpoint, Path autoencoder) {
        requireThere(options.device());
        try (OfficialCheckpoint official = OfficialCheckpoint.open(checkpoint)) {
            Opened opened = join(official.config(), official.transformer(), autoencoder);
            return guided(opened.named(Adapter.names(name(checkpoint), options.adapters())), options.guide());
        }
    }

    /** Returns the last part of a path: the folders above it would tell about the user's machine. */
    private static String name(Path file) {
        return String.valueOf(file.toAbsolutePath().normalize().getFileName());
    }

    private static void requireThere(Device device) {
        if (device.type() == Device.Type.CUDA && device.index() >= Torch.cudaDevices()) {
            throw new IllegalArgumentException(
                    "there is no device " + device + ", since libtorch sees " + Torch.cudaDevices()
                            + " CUDA devices; use cpu, or a libtorch with CUDA on a machine with a GPU ('mmgen doctor' tells)");
        }
    }

    private Opened join(ModelConfig config, DiffusionTransformer transformer, Path autoencoder) {
        try {
            AutoencoderKl network = AutoencoderFolder.open(autoencoder);
            try {
                requireFit(config, network.config(), autoencoder);
                place(transformer);
                network.to(options.device(), DType.FLOAT32);
                Autoencoder tiled = new TiledAutoencoder(network, options.tiling());
                ModelConfig settings = AdapterOverlay.settings(config, options.adapters());
                DiffusionTransformer adapted = adapted(transformer, options.adapters());
                prepare(adapted);
                return new Opened(new ImagePipeline(settings, adapted, tiled, config.interpolant()), adapted, () -> {
                    adapted.close();
                    network.close();
                });
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    private void place(DiffusionTransformer transformer) {
        transformer.to(
                options.device(), options.weightType(transformer.dtype(), transformer.parameterCount(), Machine.now()));
    }

    private void prepare(DiffusionTransformer transformer) {
        transformer.packMatrices();
        if (options.dtype() == DType.INT8) {
            transformer.quantize();
        }
    }

    private static DiffusionTransformer adapted(DiffusionTransformer transformer, List<Adapter> adapters) {
        if (adapters.isEmpty()) {
            return transformer;
        }
        DiffusionTransformer adapted = AdapterOverlay.of(transformer, adapters);
        transformer.close();
        return adapted;
    }

    private Opened guided(Opened opened, @Nullable Path weaker) {
        if (weaker == null) {
            return opened;
        }
        try {
            DiffusionTransformer guide = guide(weaker);
            try {
                place(guide);
                prepare(guide);
                return new Opened(opened.pipeline().guidedBy(guide, name(weaker)), opened.transformer(), () -> {
                    opened.release().run();
                    guide.close();
                });
            } catch (RuntimeException e) {
                guide.close();
                throw e;
            }
        } catch (RuntimeException e) {
            opened.release().run();
            throw e;
        }
    }

    private static DiffusionTransformer guide(Path weaker) {
        if (Files.isDirectory(weaker)) {
            return ModelFolder.open(weaker).transformer();
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(weaker)) {
            return checkpoint.transformer();
        }
    }

    private static void requireFit(ModelConfig config, AutoencoderConfig autoencoder, Path folder) {
        int channels = config.transformer().latentChannels();
        if (autoencoder.latentChannels() != channels) {
            throw new ModelFolderException(
                    folder,
                    "has latents of " + autoencoder.latentChannels() + " channels, but the transformer was trained on "
                            + channels + "; use the autoencoder of its training");
        }
        if (autoencoder.inChannels() != 3 || autoencoder.outChannels() != 3) {
            throw new ModelFolderException(
                    folder,
                    "encodes pictures of " + autoencoder.inChannels() + " channels and decodes pictures of "
                            + autoencoder.outChannels() + " channels; both must be 3");
        }
    }
}
