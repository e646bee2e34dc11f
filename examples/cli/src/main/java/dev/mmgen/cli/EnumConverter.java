package dev.mmgen.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The converter of an option whose values are constants, written in lower case as help shows them; capitals are as good.
 *
 * @param type whose constants are asked for when one is given, not before: those of the worlds bring a hundred classes along
 */
record EnumConverter<E extends Enum<E>>(Class<E> type) implements ITypeConverter<E> {

    @Override
    public E convert(String text) {
        E[] choices = type.getEnumConstants();
        List<String> names = Stream.of(choices).map(EnumConverter::name).toList();
        int place = names.indexOf(text.toLowerCase(Locale.ROOT));
        if (place < 0) {
            throw new TypeConversionException(
                    "expected one of " + String.join(", ", names) + " but was '" + text + "'");
        }
        return choices[place];
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
