package dev.mmgen.cli.training;

import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.train.distillation.Student;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.loss.TimeDistribution;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen distill few-steps}. */
@Command(
        name = "few-steps",
        description = {
            "Teaches a copy of a model to draw in a few steps, 4 for instance, what the model draws in many; a critic of the same size"
                    + " learns beside it. The student draws in these steps alone, and still reads photos.",
            "Guidance is taken in as well, if the teacher has some; 'mmgen distill guidance' first makes it easier."
        },
        mixinStandardHelpOptions = true)
public final class DistillFewStepsCommand implements Runnable {

    @Mixin
    private final StudentOptions student = new StudentOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Option(
            names = "--drawing-steps",
            paramLabel = "N",
            defaultValue = "4",
            description = "The steps that the student draws in. Default: 4.")
    private int steps = 4;

    @Option(
            names = "--shift",
            paramLabel = "X",
            defaultValue = "2.2",
            description = "How far the times of these steps are moved towards noise, 0.01 to 100. Default: 2.2.")
    private double shift = 2.2;

    @Override
    public void run() {
        PretrainedModel teacher = student.teacher();
        student.train(Student.fewSteps(
                teacher, guidance.strength(teacher.config().sampling()), new TimeDistribution.FewSteps(steps, shift)));
    }
}
