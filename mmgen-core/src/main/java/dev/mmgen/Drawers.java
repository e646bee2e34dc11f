package dev.mmgen;

import dev.mmgen.model.VelocityModel;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The models that draw: one of a folder's own, which a weaker one may guide, and a student, which draws the requests of its own steps. They
 * stay the caller's.
 *
 * @param model   draws whatever the student does not
 * @param guide   null for none
 * @param student null for none; a guided model has none
 */
record Drawers(
        VelocityModel model,
        @Nullable Guide guide,
        @Nullable Student student) {

    /** The end of the model's name in the traces of what its student draws. */
    private static final String STUDENT = " + student";

    /** A weaker model, and its name in traces. */
    record Guide(VelocityModel model, String name) {}

    /** The samplers of a run of many requests. */
    record Samplers(
            Drawers drawers, LatentSampler own, @Nullable LatentSampler taught) implements AutoCloseable {

        /** Returns the sampler of one of the requests. */
        LatentSampler of(ImageRequest request) {
            return taught != null && drawers.isStudents(request) ? taught : own;
        }

        @Override
        public void close() {
            own.close();
            if (taught != null) {
                taught.close();
            }
        }
    }

    /** Returns a model alone. */
    static Drawers of(VelocityModel model) {
        return new Drawers(model, null, null);
    }

    /** Returns another model with the same guide, and without a student. */
    Drawers with(VelocityModel other) {
        return new Drawers(other, guide, null);
    }

    /** Returns the same models with a student. */
    Drawers taught(Student other) {
        return new Drawers(model, guide, other);
    }

    /**
     * Returns the same model, guided by a weaker one and without a student.
     *
     * @throws IllegalArgumentException if the weaker one does not fit the model
     */
    Drawers guidedBy(Guide weaker, Interpolant path) {
        Drawers guided = new Drawers(model, weaker, null);
        guided.sampler(path).close();
        return guided;
    }

    private boolean isStudents(ImageRequest request) {
        return student != null && student.draws(request);
    }

    /** Returns the name of who draws a request. */
    String name(String own, ImageRequest request) {
        return isStudents(request) ? own + STUDENT : own;
    }

    /**
     * Returns samplers for requests; close them after use. A student is laid over its model where one of the requests is its own.
     *
     * @param path that the models were trained on
     */
    Samplers samplers(List<ImagePart> parts, Interpolant path) {
        boolean taught = parts.stream().anyMatch(part -> isStudents(part.request()));
        LatentSampler own = sampler(path);
        if (student == null || !taught) {
            return new Samplers(this, own, null);
        }
        try {
            return new Samplers(this, own, new LatentSampler(student.transformer(), path));
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
    }

    private LatentSampler sampler(Interpolant path) {
        LatentSampler sampler = new LatentSampler(model, path);
        return guide == null ? sampler : sampler.guidedBy(guide.model());
    }
}
