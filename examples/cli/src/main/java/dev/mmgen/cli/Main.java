package dev.mmgen.cli;

import dev.mmgen.Fit;
import dev.mmgen.RawFormat;
import dev.mmgen.cli.console.CommandGroup;
import dev.mmgen.cli.console.FailureLine;
import dev.mmgen.cli.evaluate.EvaluateCommand;
import dev.mmgen.cli.image.ConditionCommand;
import dev.mmgen.cli.image.ConditionFiles;
import dev.mmgen.cli.image.GenerateCommand;
import dev.mmgen.cli.image.InpaintCommand;
import dev.mmgen.cli.image.ReconstructCommand;
import dev.mmgen.cli.image.TranslateCommand;
import dev.mmgen.cli.image.UnderstandCommand;
import dev.mmgen.cli.model.ConvertCommand;
import dev.mmgen.cli.model.DoctorCommand;
import dev.mmgen.cli.model.ElementType;
import dev.mmgen.cli.model.ExportCommand;
import dev.mmgen.cli.model.InspectCommand;
import dev.mmgen.cli.prepare.PrepareCommand;
import dev.mmgen.cli.shapes.ShapesCommand;
import dev.mmgen.cli.studio.StudioCommand;
import dev.mmgen.cli.training.DistillCommand;
import dev.mmgen.cli.training.EmaCommand;
import dev.mmgen.cli.training.FinetuneCommand;
import dev.mmgen.cli.training.PlanOptions;
import dev.mmgen.cli.training.TrainCommand;
import dev.mmgen.cli.training.TrainVaeCommand;
import dev.mmgen.modality.NormalCoding;
import dev.mmgen.shapes.Category;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.train.Precision;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.metric.DepthProtocol;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code mmgen} command, the root of all others. */
@Command(
        name = "mmgen",
        description =
                "Draws images with their depth, normals and segmentation, reads those from photos, and draws photos"
                        + " from any of them.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            GenerateCommand.class,
            UnderstandCommand.class,
            ConditionCommand.class,
            TranslateCommand.class,
            InpaintCommand.class,
            ReconstructCommand.class,
            StudioCommand.class,
            TrainCommand.class,
            FinetuneCommand.class,
            DistillCommand.class,
            TrainVaeCommand.class,
            EmaCommand.class,
            PrepareCommand.class,
            EvaluateCommand.class,
            ShapesCommand.class,
            ConvertCommand.class,
            ExportCommand.class,
            InspectCommand.class,
            DoctorCommand.class,
            LaunchCommand.class,
            HelpCommand.class,
            CompletionCommand.class,
            ManCommand.class
        })
public final class Main extends CommandGroup {

    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    private static final int FAILED = 1;

    /** The arguments that are answered without a parser, whose making takes as long as all that they ask for. */
    private static final String[] DIAGNOSIS = {"doctor"};

    /** Today's names of options by their names in version 0.1, which scripts may still use. */
    private static final Map<String, String> RENAMED = Map.of(
            "--moments", "--latents",
            "--accumulation", "--gradient-accumulation",
            "--save-every", "--checkpoint-every");

    /** The commands that speak of the others. */
    private static final Set<Class<?>> ABOUT_ALL = Set.of(HelpCommand.class, CompletionCommand.class, ManCommand.class);

    /** The root where one command is known to be asked for. */
    @Command(name = "mmgen", mixinStandardHelpOptions = true, versionProvider = Version.class)
    private static final class OneCommand extends CommandGroup {}

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"mmgen " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** Runs a command; the process ends with its exit code: 0, 1 for a failure, 2 for wrong usage. */
    public static void main(String[] arguments) {
        // A command has nothing left to do when it has ended, and no native library here has either.
        System.setProperty("mmgen.exit", System.getProperty("mmgen.exit", "at-once"));
        // One line for each warning of the library, in place of two with its class and method.
        System.setProperty(LOG_FORMAT, System.getProperty(LOG_FORMAT, "mmgen: %5$s%n"));
        System.exit(
                Arrays.equals(arguments, DIAGNOSIS)
                        ? new DoctorCommand().call()
                        : commandLineFor(arguments).execute(arguments));
    }

    /**
     * Returns the command line with the one command that the first word names, or with all: making them all takes longer than
     * {@code doctor} does.
     */
    static CommandLine commandLineFor(String... arguments) {
        Class<?>[] all = Main.class.getAnnotation(Command.class).subcommands();
        return Stream.of(all)
                .filter(command -> arguments.length > 0
                        && isNamedAs(command, arguments[0])
                        && command.getAnnotation(Command.class).name().equals(arguments[0])
                        && !ABOUT_ALL.contains(command))
                .findFirst()
                .map(command -> prepared(new OneCommand()).addSubcommand(command))
                .map(Main::configured)
                .orElseGet(Main::commandLine);
    }

    /** Tells most of the others apart without reading annotations, each of which loads the classes that it names. */
    private static boolean isNamedAs(Class<?> command, String word) {
        return command.getSimpleName().equalsIgnoreCase(word.replace("-", "") + "Command");
    }

    /**
     * Returns the command line. Failures and wrong usage are one line on the error stream; {@code --verbose}, where a command has
     * it, and {@code -Dmmgen.trace=true} add the stack of a failure.
     */
    public static CommandLine commandLine() {
        return configured(prepared(new Main()));
    }

    private static CommandLine prepared(Object root) {
        return new CommandLine(root) {
            @Override
            public int execute(String... arguments) {
                return super.execute(Stream.of(arguments).map(Main::renamed).toArray(String[]::new));
            }
        };
    }

    private static CommandLine configured(CommandLine root) {
        return OptionsByTopic.addTo(root)
                .setCaseInsensitiveEnumValuesAllowed(true)
                // Lists are split at every comma: half a pair of quotes would otherwise be a warning on the error
                // stream.
                .setSplitQuotedStrings(true)
                .registerConverter(Path.class, Main::path)
                .registerConverter(int.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(Integer.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(long.class, text -> number(text, "a whole number", Long::valueOf))
                .registerConverter(Long.class, text -> number(text, "a whole number", Long::valueOf))
                .registerConverter(double.class, text -> number(text, "a number", Double::valueOf))
                .registerConverter(Double.class, text -> number(text, "a number", Double::valueOf))
                .registerConverter(PlanOptions.RecipeName.class, new EnumConverter<>(PlanOptions.RecipeName.class))
                .registerConverter(Precision.class, new EnumConverter<>(Precision.class))
                .registerConverter(ElementType.Computing.class, new EnumConverter<>(ElementType.Computing.class))
                .registerConverter(ElementType.Stored.class, new EnumConverter<>(ElementType.Stored.class))
                .registerConverter(Checkpointing.Format.class, new EnumConverter<>(Checkpointing.Format.class))
                .registerConverter(RawFormat.class, new EnumConverter<>(RawFormat.class))
                .registerConverter(Fit.class, new EnumConverter<>(Fit.class))
                .registerConverter(ConditionFiles.DepthUnit.class, new EnumConverter<>(ConditionFiles.DepthUnit.class))
                .registerConverter(NormalCoding.class, new EnumConverter<>(NormalCoding.class))
                .registerConverter(ShapesWorld.class, new EnumConverter<>(ShapesWorld.class))
                .registerConverter(Category.class, new EnumConverter<>(Category.class))
                .registerConverter(Split.class, new EnumConverter<>(Split.class))
                .registerConverter(DepthProtocol.Space.class, new EnumConverter<>(DepthProtocol.Space.class))
                .setExecutionStrategy(new CheckedRun())
                .setParameterExceptionHandler((wrong, _) -> {
                    CommandLine command = wrong.getCommandLine();
                    String name = command.getCommandSpec().qualifiedName();
                    command.getErr().println("mmgen: " + new UsageLine(wrong) + "; see '" + name + " --help'");
                    return command.getCommandSpec().exitCodeOnInvalidInput();
                })
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    String words = String.join(" ", parsed.originalArgs());
                    command.getErr().println("mmgen: " + new FailureLine(failure, words));
                    if (Boolean.getBoolean("mmgen.trace")
                            || command.getParseResult().hasMatchedOption("--verbose")) {
                        failure.printStackTrace(command.getErr());
                    }
                    return FAILED;
                });
    }

    /** An empty text is what a variable of a script leaves that was never set, and would be the current folder. */
    private static Path path(String text) {
        if (text.isBlank()) {
            throw new CommandLine.TypeConversionException(
                    "the path is empty; name a file or a folder, . for the current one");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new CommandLine.TypeConversionException("'" + text + "' is not a path: " + e.getReason());
        }
    }

    private static <N extends Number> N number(String text, String kind, Function<String, N> parser) {
        try {
            return parser.apply(text);
        } catch (NumberFormatException e) {
            boolean large = text.matches("[-+]?\\d+");
            throw new CommandLine.TypeConversionException(
                    large ? text + " is too large" : "'" + text + "' is not " + kind);
        }
    }

    private static String renamed(String argument) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        return RENAMED.getOrDefault(name, name) + argument.substring(name.length());
    }
}
