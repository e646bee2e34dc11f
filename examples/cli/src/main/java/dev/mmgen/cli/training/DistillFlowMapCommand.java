package dev.mmgen.cli.training;

import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.train.distillation.Student;
import dev.mmgen.train.finetune.PretrainedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mmgen distill flow-map}. */
@Command(
        name = "flow-map",
        description = {
            "Teaches a copy of a model to jump along its own path: it draws in 4 steps, or 1 to 8, and reads photos in one.",
            "Guidance is taken in as well, if the teacher has some; 'mmgen distill guidance' first makes it easier."
        },
        mixinStandardHelpOptions = true)
public final class DistillFlowMapCommand implements Runnable {

    @Mixin
    private final StudentOptions student = new StudentOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Override
    public void run() {
        PretrainedModel teacher = student.teacher();
        student.train(
                Student.flowMap(teacher, guidance.strength(teacher.config().sampling())));
    }
}
