package dev.mmgen.cli;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mmgen man}: the pages of the system's manual. */
@Command(
        name = "man",
        description = {
            "Prints the manual page of a command: mmgen man generate | man -l -",
            "With -o, writes the pages of all commands: mmgen man -o ~/.local/share/man/man1"
        },
        mixinStandardHelpOptions = true)
final class ManCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            description = "Write a page for each command into this folder.")
    private @Nullable Path out;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "Its name, after the names of its groups. Default: mmgen itself.")
    private List<String> names = List.of();

    @Override
    public void run() {
        CommandLine shown = HelpCommand.find(command, names);
        if (out == null) {
            System.out.print(new ManPage(shown).text());
        } else {
            write(out, shown);
        }
    }

    private static void write(Path folder, CommandLine shown) {
        ManPage page = new ManPage(shown);
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(page.name() + ".1"), page.text(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the manual page " + page.name() + " cannot be written: " + FileReason.writing(e), e);
        }
        shown.getSubcommands().values().forEach(next -> write(folder, next));
    }
}
