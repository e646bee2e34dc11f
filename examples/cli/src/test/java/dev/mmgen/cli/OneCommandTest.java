package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class OneCommandTest {

    @Test
    void aCommandIsTheSameAloneAsAmongAll() {
        CommandLine all = Main.commandLine();
        all.getSubcommands().forEach((name, command) -> {
            CommandLine alone =
                    Main.commandLineFor(name, "--help").getSubcommands().get(name);
            assertThat(alone.getUsageMessage()).isEqualTo(command.getUsageMessage());
            assertThat(alone.getSubcommands().keySet())
                    .isEqualTo(command.getSubcommands().keySet());
            assertThat(alone.isCaseInsensitiveEnumValuesAllowed()).isTrue();
        });
    }

    @Test
    void onlyTheNamedCommandIsMade() {
        assertThat(Main.commandLineFor("doctor").getSubcommands().keySet()).isEqualTo(Set.of("doctor"));
    }

    @Test
    void allCommandsAreMadeWhereTheFirstWordNamesNone() {
        Set<String> all = Main.commandLine().getSubcommands().keySet();
        assertThat(Main.commandLineFor().getSubcommands().keySet()).isEqualTo(all);
        assertThat(Main.commandLineFor("--help").getSubcommands().keySet()).isEqualTo(all);
        assertThat(Main.commandLineFor("help", "doctor").getSubcommands().keySet())
                .isEqualTo(all);
        assertThat(Main.commandLineFor("doctr").getSubcommands().keySet()).isEqualTo(all);
    }
}
