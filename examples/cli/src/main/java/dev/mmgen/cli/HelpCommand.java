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
        find(command, names).usage(System.out);
    }

    /**
     * Returns the command of these names.
     *
     * @param asking the command that asks
     * @param names  of groups, then of the command; none for the root
     * @throws ParameterException if there is none
     */
    static CommandLine find(CommandSpec asking, List<String> names) {
        CommandLine found = asking.root().commandLine();
        for (String name : names) {
            CommandLine next = found.getSubcommands().get(name);
            if (next == null) {
                String group = found.getCommandSpec().qualifiedName();
                throw new ParameterException(
                        asking.commandLine(),
                        "'" + group + "' has no command '" + name + "', only "
                                + String.join(", ", found.getSubcommands().keySet()));
            }
            found = next;
        }
        return found;
    }
}
