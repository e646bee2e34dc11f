package dev.mmgen.cli.training;

import dev.mmgen.train.distillation.Student;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mmgen distill reading}. */
@Command(
        name = "reading",
        description = {
            "Teaches a copy of a model to read photos in one step, by the errors of the pictures that it reads.",
            "It still draws, as it did before."
        },
        mixinStandardHelpOptions = true)
public final class DistillReadingCommand implements Runnable {

    @Mixin
    private final StudentOptions student = new StudentOptions();

    @Override
    public void run() {
        student.train(Student.reader(student.teacher()));
    }
}
