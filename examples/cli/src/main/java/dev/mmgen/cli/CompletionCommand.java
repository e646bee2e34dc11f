package dev.mmgen.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mmgen completion}: the script by which a shell completes commands, options and their values. */
@Command(
        name = "completion",
        description = {
            "Prints a script that completes commands, options and values in bash and zsh.",
            "In this shell: source <(mmgen completion). For good: mmgen completion >"
                    + " ~/.local/share/bash-completion/completions/mmgen"
        },
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        System.out.print(AutoComplete.bash("mmgen", command.root().commandLine()));
    }
}
