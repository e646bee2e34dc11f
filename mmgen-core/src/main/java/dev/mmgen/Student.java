package dev.mmgen;

import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.io.StudentWeights;
import dev.mmgen.io.WeightDifference;
import dev.mmgen.lora.Adapter;
import dev.mmgen.lora.AdapterWeights;
import dev.mmgen.model.DiffusionTransformer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The student of a model's folder, which draws the requests of its few steps and is no good at others. It is laid over the model when it
 * first draws: that takes a copy of the matrices that it changes, which those who only read photos do without.
 *
 * <p>Any thread may ask; the model under it must stay open.
 */
final class Student implements AutoCloseable {

    private final DiffusionTransformer model;
    private final StudentWeights weights;
    private final SamplingDefaults steps;
    private @Nullable DiffusionTransformer laid;

    private Student(DiffusionTransformer model, StudentWeights weights, SamplingDefaults steps) {
        this.model = model;
        this.weights = weights;
        this.steps = steps;
    }

    /**
     * Maps the weights of a folder's student.
     *
     * @param model that it is laid over; stays the caller's
     * @throws dev.mmgen.io.ModelFolderException if the folder holds no student that draws in a few steps
     * @throws dev.mmgen.torch.weights.WeightFileException if its weights are damaged, or those of another model's
     */
    static Student open(ModelFolder folder, Path student, DiffusionTransformer model) {
        SamplingDefaults steps = folder.drawing();
        StudentWeights weights = WeightDifference.isIn(student)
                ? WeightDifference.open(student, model)
                : AdapterWeights.open(model, Adapter.of(student));
        return new Student(model, weights, steps);
    }

    /** Returns sampler, steps and guidance that it was taught. */
    SamplingDefaults steps() {
        return steps;
    }

    /** Returns true for a request of its own steps. */
    boolean draws(ImageRequest request) {
        ImageRequest.Method method = request.method();
        return method.grid() == null
                && method.sampler().equals(steps.method())
                && method.steps() == steps.steps()
                && method.shift() == steps.shift()
                && method.guidance().equals(steps.guidance());
    }

    /** Returns the model that draws. */
    synchronized DiffusionTransformer transformer() {
        DiffusionTransformer student = laid;
        if (student == null) {
            student = weights.over(model);
            if (!student.hasQuantizedMatrices()) {
                student.packMatrices();
            }
            laid = student;
        }
        return student;
    }

    @Override
    public synchronized void close() {
        if (laid != null) {
            laid.close();
        }
        weights.close();
    }
}
