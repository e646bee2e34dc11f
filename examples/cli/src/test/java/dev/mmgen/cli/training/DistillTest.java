package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.Distilled;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.TrainingPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Students of the model in the box, on scenes that {@code shapes render} makes. */
class DistillTest {

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void render() {
        CommandRun.succeed("shapes", "render", "-o", folder.resolve("pictures"), "--count", 12, "--threads", 1);
        data = folder.resolve("pictures");
    }

    @Test
    void guidanceFirstAndThenFourSteps() throws Exception {
        Path guided = folder.resolve("guided");
        Path fast = folder.resolve("fast");
        CommandRun.succeed("distill", "guidance", "--data", data, "-o", guided, "--steps", 1, "--threads", 1);
        ModelConfig student = ModelFolder.open(guided).config();
        SamplingDefaults teacher = sampling();
        assertThat(student.sampling())
                .as("no guidance, at the teacher's times")
                .isEqualTo(teacher.withGuidance(teacher.guidance().withScale(1)));
        CommandRun.succeed("distill", "flow-map", guided, "--data", data, "-o", fast, "--steps", 1, "--threads", 1);
        ModelConfig map = ModelFolder.open(fast).config();
        assertThat(map.distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FLOW_MAP);
        assertThat(map.sampling()).isEqualTo(new SamplingDefaults("flow-map", 4, teacher.shift(), Guidance.NONE));
        assertThat(Files.readString(fast.resolve("README.md")))
                .contains("guidance was distilled into it; it became a flow map");
        CommandRun.succeed("generate", "-m", fast, "--category", "cube", "-o", folder.resolve("drawn"), "--threads", 1);
        assertThat(folder.resolve("drawn")).isNotEmptyDirectory();
    }

    @Test
    void fewStepsAreTheDefaultOfTheStudentThatLearntThem() throws Exception {
        Path few = folder.resolve("few");
        Object[] command = {
            "distill", "few-steps", "--data", data, "-o", few, "--steps", 1, "--drawing-steps", 3, "--threads", 1
        };
        CommandRun.succeed(command);
        ModelConfig student = ModelFolder.open(few).config();
        assertThat(student.sampling()).isEqualTo(new SamplingDefaults("ancestral", 3, 2.2, Guidance.NONE));
        assertThat(student.reading())
                .as("without noise, as the teacher")
                .isEqualTo(new SamplingDefaults("direct", 1, Guidance.NONE));
        assertThat(few.resolve("README.md"))
                .content()
                .contains("it learnt to draw in few steps (guidance of 3.0", "3 steps with a shift of 2.2");
        CommandRun.succeed("generate", "-m", few, "--category", "cube", "-o", folder.resolve("drawn"), "--threads", 1);
        command[9] = 5;
        assertRefused("few holds another fine-tuning: lesson is", command);
        assertRefused("'steps' is 0", "distill", "few-steps", "--data", data, "-o", few, "--drawing-steps", 0);
    }

    @Test
    void anAdapterThatDrawsInFewStepsBecomesTheStudentOfItsModel() throws Exception {
        Path few = folder.resolve("few");
        CommandRun.succeed(
                "distill", "few-steps", "--data", data, "-o", few, "--lora", 4, "--steps", 1, "--threads", 1);
        CommandRun.succeed(
                "finetune", "--data", data, "-o", folder.resolve("tuned"), "--lora", 4, "--steps", 1, "--threads", 1);
        Path both = folder.resolve("both");
        Path plain = folder.resolve("plain");
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            CommandRun.succeed("convert", box.folder(), "--student", few.resolve("adapter"), "-o", both);
            assertRefused(
                    "holds no student that draws in a few steps",
                    "convert",
                    box.folder(),
                    "--student",
                    folder.resolve("tuned/adapter"),
                    "-o",
                    plain);
            assertThat(plain).doesNotExist();
        }
        Path drawn = folder.resolve("drawn");
        Object[] command = {"generate", "-m", both, "-c", "cube", "-o", drawn, "--json", "--force", "--threads", 1};
        assertThat(CommandRun.succeed(command).out()).contains("ancestral", "both + student");
        Object[] own =
                Stream.concat(Stream.of(command), Stream.of("--steps", 2)).toArray();
        assertThat(CommandRun.succeed(own).out()).contains("dpm-solver-sde").doesNotContain("student");
    }

    private static SamplingDefaults sampling() {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            return ModelFolder.open(box.folder()).config().sampling();
        }
    }

    @Test
    void aPlanChangesWhatTheStudentSeesAndHowItMoves() throws Exception {
        Path plan = Files.writeString(folder.resolve("students.json"), """
                {
                  "optimization": {"muon": ["blocks"], "learningRate": 1e-3},
                  "loss": {"conditioning": {"scheme": {"share": 0.5}}}
                }
                """);
        for (String student : List.of("guidance", "flow-map", "few-steps", "reading")) {
            Path out = folder.resolve(student);
            CommandRun.succeed(
                    "distill", student, "--data", data, "-o", out, "--plan", plan, "--steps", 1, "--threads", 1);
            assertThat(TrainingPlan.read(out.resolve("plan.json")).optimization())
                    .returns(List.of("blocks"), Optimization::muon)
                    .returns(1e-3, Optimization::learningRate);
        }
        Files.writeString(plan, "{\"loss\": {\"conditioning\": {\"scheme\": {\"shares\": 0.5}}}}");
        assertRefused(
                "the nearest known one is 'loss.conditioning.scheme.share'",
                guidance(folder.resolve("misspelt"), "--plan", plan));
    }

    @Test
    void aPlanIsPrintedAsItIsTaken() throws Exception {
        Path out = folder.resolve("fast");
        String printed = CommandRun.succeed(
                        "distill", "flow-map", "--data", data, "-o", out, "--batch", 2, "--lr", 2e-3, "--print-plan")
                .out();
        assertThat(printed).contains("\"learningRate\" : 0.002", "\"batchSize\" : 2", "\"direct-reading\"");
        assertThat(out).doesNotExist();
        Path plan = Files.writeString(folder.resolve("printed.json"), printed);
        CommandRun.succeed("distill", "flow-map", "--data", data, "-o", out, "--plan", plan, "--steps", 1, "--seed", 4);
        assertThat(TrainingPlan.read(out.resolve("plan.json")))
                .returns(2, TrainingPlan::batchSize)
                .returns(1L, TrainingPlan::steps)
                .returns(4L, TrainingPlan::seed)
                .extracting(TrainingPlan::optimization)
                .returns(2e-3, Optimization::learningRate);
    }

    @Test
    void latentsThatAreThereAreNotEncodedAgain() {
        Path photos = folder.resolve("photos.h5");
        Path out = folder.resolve("guided");
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            CommandRun.succeed(
                    "prepare",
                    "latents",
                    "--index",
                    data.resolve("index.jsonl"),
                    "--vae",
                    box.folder().resolve("vae"),
                    "--modality",
                    "rgb",
                    "-o",
                    photos);
        }
        CommandRun named = CommandRun.succeed(guidance(out, "--steps", 1, "--latents", "rgb=" + photos));
        assertThat(named.err()).doesNotContain("looks like");
        assertThat(out.resolve("latents"))
                .isDirectoryNotContaining("glob:**rgb*")
                .isDirectoryContaining("glob:**depth*");
        assertRefused("guided holds another fine-tuning: latents.rgb is", guidance(out, "--steps", 2));
        CommandRun mistaken =
                CommandRun.succeed(guidance(folder.resolve("mistaken"), "--steps", 1, "--latents", "depth=" + photos));
        assertThat(mistaken.err()).contains("photos.h5 looks like latents of 'rgb', not of 'depth'; check which file");
        CommandRun twice = CommandRun.of(guidance(out, "--latents", "rgb=" + photos, "--latents", "rgb=x.h5"));
        assertThat(twice.exitCode()).isEqualTo(2);
        assertThat(twice.err()).contains("--latents names 'rgb' twice; give it one value");
    }

    @Test
    void theGuidanceOfAStudentStays() throws Exception {
        Path out = folder.resolve("guided");
        CommandRun.succeed(guidance(out, "--steps", 1, "--threads", 1));
        assertThat(out.resolve("README.md"))
                .content()
                .contains("guidance was distilled into it (guidance of 3.0 at times from 0.3 to 1.0)");
        assertRefused(
                "lesson is \"guidance of 3.0 at times from 0.3 to 1.0\", not \"guidance of 5.0",
                guidance(out, "--guidance", 5, "--steps", 2));
        String plan = Files.readString(out.resolve("plan.json"));
        CommandRun.succeed(guidance(out, "--steps", 1, "--batch", 1, "--threads", 1));
        assertThat(out.resolve("plan.json")).content().isEqualTo(plan);
    }

    @Test
    void whatCannotBeDistilledIsOneLine() {
        Path fast = folder.resolve("fast");
        CommandRun.succeed("distill", "flow-map", "--data", data, "-o", fast, "--steps", 1, "--threads", 1);
        assertRefused(
                "is a student itself", "distill", "flow-map", fast, "--data", data, "-o", folder.resolve("again"));
        assertRefused("nothing to distil", guidance(folder.resolve("none"), "--guidance", 1));
        assertRefused("fast holds another", guidance(fast, "--steps", 1));
        assertRefused(
                "needs a flow map",
                "generate",
                "--sampler",
                "flow-map",
                "--category",
                "cube",
                "-o",
                folder.resolve("drawn"));
    }

    /** Returns a distillation of guidance, with more options. */
    private Object[] guidance(Path out, Object... options) {
        return Stream.concat(Stream.of("distill", "guidance", "--data", data, "-o", out), Stream.of(options))
                .toArray();
    }

    private static void assertRefused(String reason, Object... arguments) {
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains(reason);
    }
}
