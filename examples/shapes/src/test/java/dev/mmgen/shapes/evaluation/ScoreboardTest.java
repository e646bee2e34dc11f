package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.evaluation.Scoreboard.Contestant;
import dev.mmgen.train.metric.MetricTable;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreboardTest {

    private static MetricTable figures(double error, double share) {
        return MetricTable.of(MetricTable.lower("error", error, "°"), MetricTable.higher("share", share, ""));
    }

    private final Contestant blind = new Contestant("blind, of course", List.of(figures(40, Double.NaN)));
    private final Contestant model =
            new Contestant("model", List.of(figures(1, 0.5), figures(2, 0.5), figures(6, 0.5)));

    @Test
    void figuresAreMeansAndDeviationsOverSeeds() {
        assertThat(model.mean("error")).isEqualTo(3);
        assertThat(model.deviation("error")).hasValue(Math.sqrt(7));
        assertThat(blind.deviation("error")).isEmpty();
        assertThat(blind.mean("other")).isNaN();
    }

    @Test
    void contestantsStandSideBySide() {
        Scoreboard scoreboard = new Scoreboard(List.of(blind, model));

        assertThat(scoreboard.toMarkdown()).isEqualTo("""
                | metric | better | blind, of course | model |
                | --- | --- | ---: | ---: |
                | error (°) | lower | 40.00 | 3.00 ± 2.65 |
                | share | higher | – | 0.5000 ± 0.0000 |
                """);
        assertThat(scoreboard.toCsv())
                .isEqualTo(String.join(
                        "\r\n",
                        "contestant,metric,mean,deviation,runs,unit,higher_is_better",
                        "\"blind, of course\",error,40.0,,1,°,false",
                        "\"blind, of course\",share,,,1,,true",
                        "model,error,3.0," + Math.sqrt(7) + ",3,°,false",
                        "model,share,0.5,0.0,3,,true",
                        ""));
    }

    @Test
    void figuresOfOneScaleShareAChart() {
        Scoreboard scoreboard = new Scoreboard(List.of(blind, model));

        ScoreboardPlot.Group error = new ScoreboardPlot.Group("error", List.of("error"));
        ScoreboardPlot.Group other = new ScoreboardPlot.Group("other", List.of("other"));
        ScoreboardPlot.Group share = new ScoreboardPlot.Group("share", List.of("share"));
        RgbImage one = new ScoreboardPlot(scoreboard, List.of(error)).draw();
        RgbImage two = new ScoreboardPlot(scoreboard, List.of(error, other, share)).draw();
        assertThat(two.width()).isGreaterThan(one.width());
        assertThat(two.height()).isEqualTo(one.height());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ScoreboardPlot(scoreboard, List.of(other)).draw())
                .withMessageContaining("nothing to plot");
    }

    @Test
    void aColumnNeedsANameOfItsOwnAndFigures() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Scoreboard(List.of(model, model)))
                .withMessageContaining("different names");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Contestant("model", List.of()))
                .withMessageContaining("no figures");
    }
}
