package dev.mmgen.cli;

import dev.mmgen.torch.io.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * The run of a command, which begins with its outputs: a folder that cannot be written is named before libtorch's 765 MB are
 * unpacked and before hours are spent.
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
                requireWritable(last.commandSpec());
            }
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError e) {
            throw new ExecutionException(command, "out of memory", e);
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
