package dev.mmgen.cli;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The converter of an option whose values are constants, written in lower case as help shows them; capitals are as good.
 *
 * @param choices the constants that can be chosen
 */
record EnumConverter<E extends Enum<E>>(List<E> choices) implements ITypeConverter<E> {

    /** All constants can be chosen. */
    EnumConverter(Class<E> type) {
        this(type, Set.of());
    }

    /** All constants but these can be chosen. */
    EnumConverter(Class<E> type, Set<E> others) {
        this(Stream.of(type.getEnumConstants())
                .filter(choice -> !others.contains(choice))
                .toList());
    }

    @Override
    public E convert(String text) {
        List<String> names = choices.stream().map(EnumConverter::name).toList();
        int place = names.indexOf(text.toLowerCase(Locale.ROOT));
        if (place < 0) {
            throw new TypeConversionException(
                    "expected one of " + String.join(", ", names) + " but was '" + text + "'");
        }
        return choices.get(place);
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
