package dev.mmgen.cli;

import java.util.Locale;
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
        // Picocli numbers the script's variables in the digits of the default locale, and a shell takes only those of
        // ASCII.
        Locale own = Locale.getDefault(Locale.Category.FORMAT);
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        try {
            System.out.print(AutoComplete.bash("mmgen", command.root().commandLine()));
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, own);
        }
    }
}
