package dev.mmgen.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mmgen help}: the help of any command, also of one in a group, as in {@code mmgen help prepare latents}. */
@Command(name = "help", description = "Shows the help of a command.", mixinStandardHelpOptions = true)
final class HelpCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "Its name, after the names of its groups. Default: mmgen itself.")
    private List<String> names = List.of();

    @Override
    public void run() {
        CommandLine shown = command.parent().commandLine();
        for (String name : names) {
            CommandLine next = shown.getSubcommands().get(name);
            if (next == null) {
                String group = shown.getCommandSpec().qualifiedName();
                throw new ParameterException(
                        command.commandLine(),
                        "'" + group + "' has no command '" + name + "', only "
                                + String.join(", ", shown.getSubcommands().keySet()));
            }
            shown = next;
        }
        shown.usage(System.out);
    }
}
