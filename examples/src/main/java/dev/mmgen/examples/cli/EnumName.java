package dev.mmgen.examples.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** One of some names, in the lower case that help shows; capitals are as good. */
record EnumName<E extends Enum<E>>(Class<E> type) implements ITypeConverter<E> {

    @Override
    public E convert(String text) {
        List<String> names = Arrays.stream(type.getEnumConstants()).map(EnumName::name).toList();
        int place = names.indexOf(text.toLowerCase(Locale.ROOT));
        if (place < 0) {
            throw new TypeConversionException("expected one of " + String.join(", ", names) + " but was '" + text + "'");
        }
        return type.getEnumConstants()[place];
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
