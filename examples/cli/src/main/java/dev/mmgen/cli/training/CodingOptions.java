package dev.mmgen.cli.training;

import dev.mmgen.modality.LabelCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.modality.ScalarCoding;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what numbers or labels the pictures of a new modality stand for. */
final class CodingOptions {

    private static final Pattern RANGE = Pattern.compile("([^:]+):([^:]+)");

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Option(
            names = "--range",
            paramLabel = "BLACK:WHITE",
            description =
                    "The new modality is a number per pixel, in .npy files [H, W], TIFFs of floats or grey pictures of 16 bits: these are"
                            + " black and white, as in --range 0:100. What is read from photos has a unit again.")
    private @Nullable String range;

    @Option(
            names = "--mapping",
            paramLabel = "KIND",
            description = "linear, inverse or log: how numbers of --range are spread over levels. Default: linear.")
    private @Nullable String mapping;

    @Option(
            names = "--per-level",
            paramLabel = "X",
            description = "The number that a level of a 16-bit picture stands for, 0.001 for metres in millimetres."
                    + " Default: 1.")
    private @Nullable Double perLevel;

    @Option(
            names = "--missing",
            paramLabel = "X",
            description = "A number that means that nothing is known, beside NaN; may be repeated.")
    private List<Double> missing = List.of();

    @Option(names = "--unit", paramLabel = "NAME", description = "The unit of --range, for people.")
    private @Nullable String unit;

    @Option(
            names = "--palette",
            paramLabel = "RRGGBB",
            split = ",",
            description =
                    "The new modality is a label per pixel, from 0: its colours, as in --palette 000000,ff0000,00ff00.")
    private List<String> palette = List.of();

    /** Returns the modalities with what the options say, if anything. */
    List<Modality> of(List<Modality> modalities) {
        ModalityCoding coding = coding();
        if (coding == null) {
            return modalities;
        }
        if (modalities.size() != 1) {
            throw fault("--range and --palette are of one new modality, but there are " + modalities.size()
                    + "; train them one after the other");
        }
        return List.of(modalities.getFirst().withCoding(coding));
    }

    private @Nullable ModalityCoding coding() {
        if (range != null && !palette.isEmpty()) {
            throw fault("give --range or --palette, not both: a pixel is a number or a label");
        }
        if (range == null && (mapping != null || perLevel != null || unit != null || !missing.isEmpty())) {
            throw fault("--mapping, --per-level, --missing and --unit need --range BLACK:WHITE");
        }
        try {
            return range != null ? scalar(range) : palette.isEmpty() ? null : labels();
        } catch (IllegalArgumentException e) {
            throw fault(String.valueOf(e.getMessage()));
        }
    }

    private ScalarCoding scalar(String text) {
        Matcher ends = RANGE.matcher(text);
        if (!ends.matches()) {
            throw fault("--range is " + text + "; it must be two numbers, as in 0:100");
        }
        ScalarCoding coding = ScalarCoding.of(number(ends.group(1)), number(ends.group(2)))
                .withMapping(mapping())
                .withMissing(missing);
        ScalarCoding scaled = perLevel == null ? coding : coding.withPerLevel(perLevel);
        return unit == null ? scaled : scaled.withUnit(unit);
    }

    private double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw fault("--range has '" + text + "' in place of a number");
        }
    }

    private ScalarCoding.Mapping mapping() {
        return switch (mapping == null ? "linear" : mapping.toLowerCase(Locale.ROOT)) {
            case "linear" -> ScalarCoding.Mapping.LINEAR;
            case "inverse" -> ScalarCoding.Mapping.INVERSE;
            case "log", "logarithmic" -> ScalarCoding.Mapping.LOGARITHMIC;
            default -> throw fault("--mapping is " + mapping + "; it must be linear, inverse or log");
        };
    }

    private LabelCoding labels() {
        return LabelCoding.of(palette.stream().map(this::colour).toArray(Integer[]::new));
    }

    private int colour(String text) {
        try {
            return Integer.parseInt(text.startsWith("#") ? text.substring(1) : text, 16);
        } catch (NumberFormatException _) {
            throw fault("--palette has '" + text + "' in place of a colour RRGGBB");
        }
    }

    private ParameterException fault(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
