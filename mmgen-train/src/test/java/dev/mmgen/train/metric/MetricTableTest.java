package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class MetricTableTest {

    private static final MetricTable TABLE = MetricTable.of(MetricTable.lower("AbsRel", 0.0123456, ""))
            .plus(MetricTable.of(MetricTable.higher("a|b, \"c\"", Double.NaN, "%")));

    @Test
    void markdownHoldsFourDecimals() {
        assertThat(TABLE.toMarkdown()).isEqualTo("""
                | metric | value | unit | better |
                | --- | ---: | --- | --- |
                | AbsRel | 0.0123 |  | lower |
                | a\\|b, "c" | – | % | higher |
                """);
    }

    @Test
    void csvHoldsAllDigits() {
        assertThat(TABLE.toCsv())
                .isEqualTo("name,value,unit,higher_is_better\r\n"
                        + "AbsRel,0.0123456,,false\r\n"
                        + "\"a|b, \"\"c\"\"\",,%,true\r\n");
    }

    @Test
    void csvHasDecimalPointsInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(TABLE.toMarkdown()).contains("0.0123");
        } finally {
            Locale.setDefault(before);
        }
    }
}
