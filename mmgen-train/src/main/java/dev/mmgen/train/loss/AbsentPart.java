package dev.mmgen.train.loss;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Tensor;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.random.Draws;

/**
 * A part of a program's own, a loss, a time scheme or a path, of which a plan or a checkpoint holds no more than the name of its
 * class. It cannot train; a program that goes on gives the part itself in the plan.
 *
 * @param className as {@link Class#getName} tells it
 */
public record AbsentPart(String className) implements TrainingLoss, TimeScheme, Interpolant {

    /**
     * Checks that nothing is absent from a loss.
     *
     * @throws IllegalArgumentException naming the class that is
     */
    public static void requireNone(TrainingLoss loss) {
        if (loss instanceof AbsentPart part) {
            throw new IllegalArgumentException(part.message("loss"));
        }
        if (loss instanceof VelocityLoss velocity) {
            if (velocity.conditioning().schemeBesideReading() instanceof AbsentPart part) {
                throw new IllegalArgumentException(part.message("time scheme"));
            }
            if (velocity.path() instanceof AbsentPart part) {
                throw new IllegalArgumentException(part.message("path"));
            }
        }
    }

    private String message(String role) {
        return "the plan's " + role + " is " + className + ", a class of a program's own, of which files hold only the"
                + " name; give it in the plan: plan.withLoss(...)";
    }

    @Override
    public LossTerms compute(LossContext context, TrainingBatch batch) {
        throw new IllegalStateException(message("loss"));
    }

    @Override
    public TimeEmbedding embedding() {
        throw new IllegalStateException(message("time scheme"));
    }

    @Override
    public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
        throw new IllegalStateException(message("time scheme"));
    }

    @Override
    public String name() {
        return className;
    }

    @Override
    public Tensor alpha(Tensor times) {
        throw new IllegalStateException(message("path"));
    }

    @Override
    public Tensor sigma(Tensor times) {
        throw new IllegalStateException(message("path"));
    }

    @Override
    public Tensor alphaRate(Tensor times) {
        throw new IllegalStateException(message("path"));
    }

    @Override
    public Tensor sigmaRate(Tensor times) {
        throw new IllegalStateException(message("path"));
    }
}
