package dev.mmgen.cli.model;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.cli.console.ComputeOptions;
import dev.mmgen.lora.Adapter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of the model: its files and the type that it computes in. */
@Command(optionListHeading = "%nModel:%n")
public final class ModelOptions {

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FOLDER",
            description =
                    "A model folder, as 'mmgen convert' writes it. Default: the small model of the world of shapes.")
    private @Nullable String model;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "An official .pt checkpoint, instead of a folder.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--vae",
            paramLabel = "FOLDER",
            description = "The autoencoder (diffusers layout), with --checkpoint.")
    private @Nullable Path autoencoder;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "The type to compute in: float32, bfloat16, float16, or int8: eight bits within the blocks, on the"
                            + " CPU, and the rest as by default. Default: that of the stored weights, but float32 for"
                            + " bfloat16 on processors that are slower with it.")
    private ElementType.@Nullable Computing dtype;

    @Option(
            names = "--adapter",
            paramLabel = "FOLDER[=X]",
            description = "A LoRA adapter, as 'finetune --lora' and PEFT write them, of strength X; several add up."
                    + " Default: none, and 1.")
    private List<String> adapters = List.of();

    @Option(
            names = "--any-base",
            description = "Lay adapters over this model though they were trained on another one of its shape.")
    private boolean anyBase;

    @Option(
            names = "--guide",
            paramLabel = "FOLDER",
            description =
                    "A weaker model of the same kind (autoguidance): --guidance pushes away from what it draws, in place of what"
                            + " the model draws without the category. A model folder or a .pt checkpoint. Default: the one that the model"
                            + " folder brings, or none.")
    private @Nullable Path guide;

    @Mixin
    private final ComputeOptions machine = new ComputeOptions();

    /**
     * Opens the model.
     *
     * @return close it after use
     * @throws ParameterException if the options name no model, or two
     */
    public MmGen open() {
        if (model == null && checkpoint != null && autoencoder != null) {
            return MmGen.open(checkpoint, autoencoder, opening());
        }
        return MmGen.open(location(), opening());
    }

    /** Returns how a model is opened; sets the number of threads, which must happen before anything is computed. */
    public MmGenOptions opening() {
        return MmGenOptions.DEFAULT
                .on(machine.apply())
                .in(dtype == null ? null : dtype.dtype())
                .guidedBy(guide)
                .adapted(adapters.stream().map(this::adapter).toArray(Adapter[]::new));
    }

    /**
     * Returns the model folder's location, for {@link MmGen#open(String)}.
     *
     * @throws ParameterException if the options name no model folder, or a checkpoint
     */
    public String location() {
        if (checkpoint == null && (model != null || autoencoder == null)) {
            return model == null ? MmGen.SHAPES : model;
        }
        throw new ParameterException(
                command.commandLine(), "Name a model: --model FOLDER, or --checkpoint FILE with --vae FOLDER");
    }

    private Adapter adapter(String text) {
        Adapter adapter = named(text);
        return anyBase ? adapter.overAnyModel() : adapter;
    }

    private static Adapter named(String text) {
        int sign = text.lastIndexOf('=');
        if (sign < 0) {
            return Adapter.of(Path.of(text));
        }
        try {
            return Adapter.of(Path.of(text.substring(0, sign)))
                    .withStrength(Double.parseDouble(text.substring(sign + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "--adapter " + text + " ends in no number; give FOLDER, or FOLDER=STRENGTH", e);
        }
    }
}
