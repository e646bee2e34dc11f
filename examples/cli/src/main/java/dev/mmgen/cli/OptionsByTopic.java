package dev.mmgen.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The list of a command's options in its help: first its own, then those of each mixin under the {@code optionListHeading}
 * of the mixin. Commands have up to 40 options, of which most are those of the model, the sampler and the machine.
 */
final class OptionsByTopic implements IHelpSectionRenderer {

    private static final String OWN = "%nOptions:%n";

    /** Makes the help of a command and all below it list options by topic. */
    static CommandLine addTo(CommandLine command) {
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING, _ -> "");
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionsByTopic());
        command.getSubcommands().values().forEach(OptionsByTopic::addTo);
        return command;
    }

    @Override
    public String render(Help help) {
        StringBuilder text = new StringBuilder();
        topics(help.commandSpec()).forEach((heading, options) -> {
            Help.Layout layout = help.createDefaultLayout(
                    help.commandSpec().options(), help.commandSpec().positionalParameters(), help.colorScheme());
            layout.addOptions(options, help.createDefaultParamLabelRenderer());
            String lines = layout.toString();
            if (!lines.isEmpty()) {
                text.append(help.createHeading(heading)).append(lines);
            }
        });
        return text.toString();
    }

    /** Returns a command's options by the headings of their topics, which hold picocli's formats. */
    static Map<String, List<OptionSpec>> topics(CommandSpec command) {
        Map<String, List<OptionSpec>> topics = new LinkedHashMap<>();
        topics.put(OWN, new ArrayList<>());
        collect(command, OWN, topics);
        return topics;
    }

    private static void collect(CommandSpec spec, String heading, Map<String, List<OptionSpec>> topics) {
        List<OptionSpec> own = new ArrayList<>(spec.options());
        spec.mixins().values().forEach(mixin -> own.removeAll(mixin.options()));
        topics.computeIfAbsent(heading, _ -> new ArrayList<>()).addAll(own);
        for (CommandSpec mixin : spec.mixins().values()) {
            String title = mixin.usageMessage().optionListHeading();
            collect(mixin, title == null || title.isEmpty() ? heading : title, topics);
        }
    }
}
