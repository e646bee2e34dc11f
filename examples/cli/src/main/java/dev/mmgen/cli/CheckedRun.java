package dev.mmgen.cli;

import dev.mmgen.torch.io.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * The run of a command, which begins with its options: a value that another replaces, or a folder that cannot be written, is
 * named before libtorch's 765 MB are unpacked and before hours are spent.
 */
final class CheckedRun implements IExecutionStrategy {

    /** The options that name what is written. */
    private static final Set<String> OUTPUTS = Set.of("--out", "--export");

    @Override
    public int execute(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine command = last.commandSpec().commandLine();
        try {
            if (!last.isUsageHelpRequested() && !last.isVersionHelpRequested()) {
                requireDistinct(last);
                requireWritable(last.commandSpec());
            }
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError e) {
            throw new ExecutionException(command, "out of memory", e);
        }
    }

    /** Of two values of one name, as in {@code --latents rgb=a --latents rgb=b}, the first would be lost. */
    private static void requireDistinct(ParseResult parsed) {
        for (OptionSpec option : parsed.matchedOptionsSet()) {
            Set<String> names = new HashSet<>();
            for (String pair : option.typeInfo().isMap() ? option.originalStringValues() : List.<String>of()) {
                String name = pair.substring(0, Math.max(0, pair.indexOf('=')));
                if (!names.add(name)) {
                    throw new ParameterException(
                            parsed.commandSpec().commandLine(),
                            option.longestName() + " names '" + name + "' twice; give it one value");
                }
            }
        }
    }

    private static void requireWritable(CommandSpec command) {
        for (OptionSpec option : command.options()) {
            if (OUTPUTS.contains(option.longestName()) && option.getValue() instanceof Path out) {
                String fault = fault(out, option.paramLabel().equals("FOLDER"));
                if (fault != null) {
                    String message = option.longestName() + " " + out + " cannot be written, because " + fault;
                    throw new ExecutionException(command.commandLine(), message, new IllegalArgumentException(message));
                }
            }
        }
    }

    /** A file that is there already is its command's affair: most refuse to replace it. */
    private static @Nullable String fault(Path out, boolean folder) {
        if (!folder && Files.exists(out) && !Files.isDirectory(out)) {
            return null;
        }
        Path existing = out.toAbsolutePath();
        while (existing.getParent() != null && Files.notExists(existing)) {
            existing = existing.getParent();
        }
        return Files.isDirectory(existing) && AtomicFile.takesFiles(existing)
                ? null
                : existing + " is not a folder with permission to write; name another";
    }
}
