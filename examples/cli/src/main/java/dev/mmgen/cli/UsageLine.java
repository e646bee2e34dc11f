package dev.mmgen.cli;

import dev.mmgen.cli.console.FailureLine;
import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Wrong usage as one line that a terminal can show: what was not understood, and what was probably meant. */
record UsageLine(ParameterException wrong) {

    @Override
    public String toString() {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return FailureLine.joined(unmatched(unmatched));
        }
        String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
        return new FailureLine(wrong, name).toString().replace("option option", "option");
    }

    private static String unmatched(UnmatchedArgumentException unmatched) {
        String word = unmatched.getUnmatched().getFirst();
        if (word.startsWith("@")) {
            return "there is no file '" + word.substring(1) + "' with further arguments, as '" + word + "' asks for";
        }
        boolean option = unmatched.isUnknownOption();
        if (!option && unmatched.getCommandLine().getSubcommands().isEmpty()) {
            return "'" + word + "' is one argument too many";
        }
        List<String> suggestions = unmatched.getSuggestions();
        return "there is no " + (option ? "option" : "command") + " '" + word + "'"
                + (suggestions.isEmpty() ? "" : "; did you mean " + suggestions.getFirst());
    }
}
