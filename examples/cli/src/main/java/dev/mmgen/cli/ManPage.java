package dev.mmgen.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A page of the system's manual in the macros of {@code man(7)}, made of a command's options. It is written here, since
 * picocli's generator makes AsciiDoc, which takes a Ruby program to become a page.
 */
record ManPage(CommandLine command) {

    /** Returns the page's name, for example {@code mmgen-prepare-latents}. */
    String name() {
        return spec().qualifiedName("-");
    }

    String text() {
        List<String> lines = new ArrayList<>();
        String version = String.join(" ", command.getCommandSpec().root().version());
        lines.add(".TH " + quoted(name().toUpperCase(Locale.ROOT)) + " 1 \"\" " + quoted(version)
                + " \"MMGen for Java\"");
        heading(lines, "NAME");
        lines.add(escaped(name()) + " \\- " + escaped(firstSentence()));
        heading(lines, "SYNOPSIS");
        lines.add(escaped(synopsis()));
        heading(lines, "DESCRIPTION");
        for (String paragraph : spec().usageMessage().description()) {
            lines.add(".PP");
            lines.add(escaped(plain(paragraph)));
        }
        parameters(lines);
        options(lines);
        commands(lines);
        heading(lines, "EXIT STATUS");
        lines.add("0 for success, 1 for a failure, 2 for wrong usage.");
        seeAlso(lines);
        return String.join("\n", lines) + "\n";
    }

    private CommandSpec spec() {
        return command.getCommandSpec();
    }

    private static void heading(List<String> lines, String title) {
        lines.add(".SH " + quoted(title));
    }

    private String firstSentence() {
        String[] description = spec().usageMessage().description();
        return description.length == 0 ? name() : plain(description[0]).replaceFirst("\\.$", "");
    }

    private String synopsis() {
        return command.getHelp().synopsis(0).lines().map(String::strip).collect(Collectors.joining(" "));
    }

    private void parameters(List<String> lines) {
        List<PositionalParamSpec> shown = spec().positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .toList();
        if (!shown.isEmpty()) {
            heading(lines, "PARAMETERS");
            shown.forEach(parameter -> item(lines, parameter.paramLabel(), parameter));
        }
    }

    private void options(List<String> lines) {
        OptionsByTopic.topics(spec()).forEach((title, options) -> {
            List<OptionSpec> shown =
                    options.stream().filter(option -> !option.hidden()).toList();
            if (!shown.isEmpty()) {
                heading(lines, plain(title).replace(":", "").strip().toUpperCase(Locale.ROOT));
                shown.forEach(option -> item(lines, names(option), option));
            }
        });
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
    }

    private static void item(List<String> lines, String label, ArgSpec argument) {
        lines.add(".TP");
        lines.add(".B " + escaped(label));
        lines.add(escaped(Stream.of(argument.description()).map(ManPage::plain).collect(Collectors.joining(" "))));
    }

    private void commands(List<String> lines) {
        Map<String, CommandLine> commands = command.getSubcommands();
        if (!commands.isEmpty()) {
            heading(lines, "COMMANDS");
            commands.forEach((_, next) -> {
                ManPage page = new ManPage(next);
                lines.add(".TP");
                lines.add(".BR " + escaped(page.name()) + " (1)");
                lines.add(escaped(page.firstSentence()) + ".");
            });
        }
    }

    private void seeAlso(List<String> lines) {
        CommandSpec parent = spec().parent();
        if (parent != null) {
            heading(lines, "SEE ALSO");
            lines.add(".BR " + escaped(parent.qualifiedName("-")) + " (1)");
        }
    }

    /** Returns a text of picocli's without its formats; like picocli, it leaves a lone per cent sign alone. */
    private static String plain(String text) {
        return Ansi.OFF.string(text.replace("%n", " ").replace("%%", "%")).strip();
    }

    private static String quoted(String text) {
        return '"' + escaped(text).replace("\"", "\\(dq") + '"';
    }

    /** A backslash begins an escape, a dot or an apostrophe at the start of a line a macro; "-" alone is a hyphen. */
    private static String escaped(String text) {
        String line = text.replace("\\", "\\e").replace("-", "\\-");
        return line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line;
    }
}
