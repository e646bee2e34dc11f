package dev.mmgen.torch.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.ChildJvm;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that once took the JVM down, or computed wrong numbers without a word. Each runs in a JVM of its own. */
class CrashTest {

    @Test
    void adamWRefusesOrStepsTensorsOfAnyShape() throws Exception {
        List<String> lines = lines(AdamWShapes.class);
        String plain = lines.getFirst().substring("plain: ".length());
        assertThat(Double.parseDouble(plain.substring(0, plain.indexOf(" to "))))
                .isCloseTo(-fiveSteps(), within(1e-7));
        assertThat(lines.subList(1, lines.size()))
                .containsExactly(
                        "short gradient: the gradient 0 of AdamW differs from its parameter in shape, type or device",
                        "short first moment: the first moment 0 of AdamW differs from its parameter in shape, type or device",
                        "short second moment: the second moment 0 of AdamW differs from its parameter in shape, type or device",
                        "short moments: the first moment 0 of AdamW differs from its parameter in shape, type or device",
                        "two steps: AdamW needs each step count as one float32 on the device of its parameter",
                        "strided gradient: " + plain,
                        "expanded gradient: " + plain,
                        "strided moments: " + plain,
                        "expanded moment: the first moment 0 of AdamW is a view in which several elements share memory;"
                                + " copy() it first",
                        "expanded parameter: the parameter 0 of AdamW is a view in which several elements share memory;"
                                + " copy() it first",
                        "gradient of another type: the gradient 0 of AdamW differs from its parameter in shape, type or"
                                + " device",
                        "moment of another type: the first moment 0 of AdamW differs from its parameter in shape, type or"
                                + " device",
                        "integers: parameter 0 of AdamW is not of a floating type",
                        "all one tensor: parameters or moments of AdamW overlap in memory; copy() them apart",
                        "cleared: 0.9990000128746033");
    }

    /** Steps of 1e-3 along a constant gradient of 1, all with the bias correction of the first step. */
    private static double fiveSteps() {
        double first = 0;
        double second = 0;
        double way = 0;
        for (int i = 0; i < 5; i++) {
            first += (1 - 0.9) * (1 - first);
            second += (1 - 0.99) * (1 - second);
            way += 1e-3 * (first / (1 - 0.9)) / (Math.sqrt(second / (1 - 0.99)) + 1e-8);
        }
        return way;
    }

    @ParameterizedTest
    @MethodSource("collectors")
    void longArgumentListsOutliveTheCollector(String collector) throws Exception {
        assertThat(lines(BigArguments.class, collector)).containsExactly("many calls");
    }

    @Test
    void onlyTheDispatchersOwnSchemasAreCalled() throws Exception {
        assertThat(lines(FalseSchemas.class))
                .hasSize(7)
                .allMatch(line -> line.startsWith("the loaded libtorch has no 'aten::"))
                .contains(
                        "the loaded libtorch has no 'aten::max(Tensor self, int dim, bool keepdim) -> (Tensor, Tensor)';"
                                + " it has 'aten::max(Tensor self) -> Tensor'");
    }

    @Test
    void aForeignThreadTakesNothingOutOfAScope() throws Exception {
        assertThat(lines(ForeignUnscoped.class)).containsExactly("refused 20");
    }

    @Test
    void anExpandedBiasIsOneElement() throws Exception {
        assertThat(lines(LinearExpandedBias.class)).containsExactly("sum 0.0");
    }

    @Test
    void linearGivesOneResultForAllLayouts() throws Exception {
        assertThat(lines(LinearStrides.class)).hasSize(23).allMatch(line -> line.endsWith(": same same "));
    }

    @Test
    void threadsThatNoSystemGivesAreRefused() throws Exception {
        assertThat(lines(TooManyThreads.class))
                .containsExactly(
                        "the number of threads must be from 1 to 1024, not 4000",
                        "the number of threads must be from 1 to 1024, not 2147483647",
                        "the number of threads must be from 1 to 1024, not 0",
                        "the number of threads must be from 1 to 1024, not -1",
                        "threads left alone: true");
    }

    /** The collectors differ in the signals that they use themselves. */
    static Stream<String> collectors() {
        // The sanitizers take addresses that ZGC would map its heap to.
        boolean sanitized = String.valueOf(System.getenv("LD_PRELOAD")).contains("asan");
        return Stream.of("G1", "Z", "Shenandoah", "Serial")
                .filter(name -> !sanitized || !name.equals("Z"))
                .map(name -> "-XX:+Use" + name + "GC");
    }

    @ParameterizedTest
    @MethodSource("collectors")
    void aWeightFileThatIsCutShortIsAnException(String collector) throws Exception {
        String lost =
                "was cut short while it was mapped, and numbers of its tensors are lost; open it anew, or read it into"
                        + " memory instead of mapping it";
        assertThat(lines(CutWeights.class, collector))
                .containsExactly(
                        "before: 1048576.0",
                        "small: 4.0",
                        "first: " + lost,
                        "first again: " + lost,
                        "linear: " + lost,
                        "floats: " + lost,
                        "copy: " + lost,
                        "view: " + lost,
                        "other tensors: 2048.0",
                        "once closed: 3.0",
                        "written anew: 2097152.0",
                        "Java's own: InternalError");
    }

    @Test
    void aThreadSurvivesStackOverflows() throws Exception {
        String works = "128.0, requires gradients: true";
        assertThat(lines(FullStack.class))
                .containsExactly(works, works, works, "left over: 0", works, works, works, "left over: 0");
    }

    private static List<String> lines(Class<?> program, String... options) throws IOException, InterruptedException {
        ChildJvm child = ChildJvm.start(List.of(options), program);
        List<String> lines = child.readLines();
        assertThat(child.exitCode()).as(program + " after " + lines).isZero();
        return lines;
    }
}
