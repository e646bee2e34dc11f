package dev.mmgen.cli.training;

import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.train.distillation.Student;
import dev.mmgen.train.finetune.PretrainedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mmgen distill guidance}. */
@Command(
        name = "guidance",
        description = {
            "Teaches a copy of a model to answer at once as the model does under classifier-free guidance, which takes it two"
                    + " evaluations; and under guidance by what is given (--condition-guidance), alone where the model has the"
                    + " class's in it.",
            "The student's defaults are the teacher's, without that guidance."
        },
        mixinStandardHelpOptions = true)
public final class DistillGuidanceCommand implements Runnable {

    @Mixin
    private final StudentOptions student = new StudentOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Override
    public void run() {
        PretrainedModel teacher = student.teacher();
        student.train(Student.guided(teacher, guidance.strength(teacher.config().sampling())));
    }
}
