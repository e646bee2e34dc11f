package dev.mmgen.train.distillation;

import dev.mmgen.io.Distilled;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.train.finetune.FineTuning;
import dev.mmgen.train.finetune.PretrainedModel;
import dev.mmgen.train.loss.FlowMapLoss;
import dev.mmgen.train.loss.GuidedVelocityLoss;
import dev.mmgen.train.loss.MomentMatchingLoss;
import dev.mmgen.train.loss.ReadingLoss;
import dev.mmgen.train.loss.ReadingLoss.PictureError;
import dev.mmgen.train.loss.TimeDistribution;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Students: copies of a trained model that learn from it, frozen, to give its answers with fewer evaluations. Each is a
 * {@link FineTuning} that wants pictures of all modalities and a folder, and leaves a model whose sampling defaults fit:
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="student"}
 *
 * <p>Guidance first, then few steps or jumps: these may also take the teacher's guidance in themselves, but learn two things at once.
 */
public final class Student {

    /** The steps where none are set: enough for guidance. A flow map takes many thousands. */
    private static final long STEPS = 2_000;

    /** The steps that a flow map draws in by default. */
    private static final int DRAWING_STEPS = 4;

    /** The share of samples that keep a flow map's velocities. */
    private static final double PLAIN = 0.25;

    /** The steps in which the teacher leads a jump: four jumps follow sixteen of its own. */
    private static final int LEADING_STEPS = 4;

    /** The share of samples from which a reader learns velocities. */
    private static final double STILL_DRAWING = 0.25;

    private Student() {}

    /**
     * Returns the training of a student that has the teacher's guidance in it: one evaluation where the teacher takes two, or three
     * under guidance by conditions too. What is not taken in stays in the student's defaults.
     *
     * @param teacher  with a null class for a scale of the class
     * @param guidance to take in, usually that of the teacher's sampling defaults
     * @throws IllegalArgumentException if there is no guidance to take in, the teacher has it in it already, or it was taught more than
     *     guidance before
     */
    public static FineTuning guided(PretrainedModel teacher, Guidance guidance) {
        ModelConfig config = teacher.config();
        refuse(config, Distilled.FLOW_MAP, Distilled.READING, Distilled.FEW_STEPS);
        requireGuidable(config, guidance);
        List<Distilled> lessons = Distilled.of(guidance);
        if (lessons.isEmpty()) {
            throw new IllegalArgumentException("guidance of 1 is none; there is nothing to distil"
                    + (config.distilled().isEmpty()
                            ? ""
                            : ": the teacher is a student itself, by " + config.distilled()
                                    + ", and can take in a scale of conditions"));
        }
        return student(teacher, lessons)
                .plannedLoss(lesson(guidance), (plan, _) -> new GuidedVelocityLoss(plan.velocityLoss(), guidance))
                .describe(made -> made.with(without(lessons, made.sampling()), without(lessons, made.reading())));
    }

    /**
     * Returns the training of a student that is a flow map: it draws in four steps, or in one to eight, and reads
     * photos in one, by a jump or, where the teacher does, without noise.
     *
     * @param teacher  on the linear path
     * @param guidance to take in; {@link Guidance#NONE} for a teacher that has it in it
     * @throws IllegalArgumentException if the teacher is a flow map, or has that guidance in it already
     */
    public static FineTuning flowMap(PretrainedModel teacher, Guidance guidance) {
        ModelConfig config = teacher.config();
        refuse(config, Distilled.FLOW_MAP, Distilled.READING, Distilled.FEW_STEPS);
        requireGuidable(config, guidance);
        int early = Math.max(1, config.transformer().depth() * 2 / 3);
        return student(teacher, lessons(guidance, Distilled.FLOW_MAP))
                .plan(plan -> plan.withModel(
                        plan.model().toBuilder().flowMapDepth(early).build()))
                .plannedLoss(
                        lesson(guidance),
                        (plan, _) -> new FlowMapLoss(
                                plan.velocityLoss(), guidance, PLAIN, FlowMapLoss.Gap.WHOLE, LEADING_STEPS))
                .describe(made -> made.with(
                        new SamplingDefaults(
                                "flow-map", DRAWING_STEPS, made.sampling().shift(), Guidance.NONE),
                        reading(made)));
    }

    /**
     * Returns the training of a student that draws in a few steps as the teacher does in many, four for instance: its answers are possible
     * pictures, not their mean, and ancestral sampling joins them. Do not ask it for other numbers of steps, or by other samplers. A critic of
     * the same size learns beside it, with all its weights where the student is an adapter too, so that a step takes about three times as long
     * as one of a plain training.
     *
     * <p>It can lie in the teacher's folder ({@link dev.mmgen.io.ModelFolder#copyStudent}) and draw there, while the teacher itself reads: a
     * whole student as its difference in four bits, or an adapter ({@link FineTuning#lora(dev.mmgen.lora.LoraConfig)}).
     *
     * <p>It reads a little worse than the teacher: that of the model in the box has an AbsRel of 0.0165 in place of 0.0141 after 480 steps by Muon.
     * After few steps more is lost, and less at a lower learning rate.
     *
     * @param teacher  on the linear path
     * @param guidance to take in; {@link Guidance#NONE} for a teacher that has it in it, which makes it easier
     * @param run      that the student is to draw in; four steps with a shift of 2.2 are usual
     * @throws IllegalArgumentException if the teacher is a student of few steps already, or has that guidance in it already
     */
    public static FineTuning fewSteps(PretrainedModel teacher, Guidance guidance, TimeDistribution.FewSteps run) {
        ModelConfig config = teacher.config();
        refuse(config, Distilled.FLOW_MAP, Distilled.FEW_STEPS);
        requireGuidable(config, guidance);
        SamplingDefaults drawing = new SamplingDefaults("ancestral", run.steps(), run.shift(), Guidance.NONE);
        return student(teacher, lessons(guidance, Distilled.FEW_STEPS))
                .plannedLoss(
                        lesson(guidance) + ", " + run.steps() + " steps with a shift of " + run.shift(),
                        (plan, _) -> new MomentMatchingLoss(plan.velocityLoss(), guidance, run))
                .describe(made -> made.with(drawing, made.readsDirectly() ? unguided(made.reading()) : drawing));
    }

    /**
     * Returns the training of a student that reads photos in one step without noise, by the errors of the pictures that it reads; it still
     * draws.
     *
     * @param teacher of photos and other modalities, with times per modality, on the linear path
     * @throws IllegalArgumentException if the teacher reads in one step already, or has no photos
     */
    public static FineTuning reader(PretrainedModel teacher) {
        ModelConfig config = teacher.config();
        refuse(config, Distilled.FLOW_MAP, Distilled.READING, Distilled.FEW_STEPS);
        int photo = config.modalityNames().indexOf(Modality.RGB.name());
        if (photo < 0) {
            throw new IllegalArgumentException(
                    "the teacher has no photos to read; its modalities are " + config.modalityNames());
        }
        List<PictureError> errors = config.modalityNames().stream()
                .map(name -> name.equals(Modality.NORMAL.name()) ? PictureError.ANGULAR : PictureError.ABSOLUTE)
                .toList();
        return student(teacher, List.of(Distilled.READING))
                .plannedLoss(
                        "",
                        (plan, decoder) -> new ReadingLoss(plan.velocityLoss(), photo, errors, STILL_DRAWING, decoder))
                .describe(made -> made.with(made.sampling(), new SamplingDefaults("direct", 1, Guidance.NONE)));
    }

    /** A jump gives one possible reading, and the mean of all is better: a model that reads without noise goes on to. */
    private static SamplingDefaults reading(ModelConfig made) {
        return made.readsDirectly() ? made.reading() : new SamplingDefaults("flow-map", 1, Guidance.NONE);
    }

    private static List<Distilled> lessons(Guidance guidance, Distilled lesson) {
        return Stream.concat(Distilled.of(guidance).stream(), Stream.of(lesson)).toList();
    }

    private static FineTuning student(PretrainedModel teacher, List<Distilled> lessons) {
        return FineTuning.of(teacher)
                .allDirections()
                .steps(STEPS)
                .describe(made -> made.toBuilder()
                        .distilled(Stream.concat(made.distilled().stream(), lessons.stream())
                                .toList())
                        .build());
    }

    private static String lesson(Guidance guidance) {
        List<String> scales = new ArrayList<>();
        if (guidance.scale() != 1) {
            scales.add("guidance of " + guidance.scale());
        }
        if (guidance.conditionScale() != 1) {
            scales.add("guidance by conditions of " + guidance.conditionScale());
        }
        return scales.isEmpty()
                ? "no guidance"
                : String.join(" and ", scales) + " at times from " + guidance.low() + " to " + guidance.high();
    }

    /** Returns defaults without the guidance that was learnt; its times stay, for what is left and what is learnt later. */
    private static SamplingDefaults without(List<Distilled> lessons, SamplingDefaults defaults) {
        Guidance before = defaults.guidance();
        Guidance named = lessons.contains(Distilled.GUIDANCE) ? before.withScale(1) : before;
        return defaults.withGuidance(
                lessons.contains(Distilled.CONDITION_GUIDANCE) ? named.withConditionScale(1) : named);
    }

    private static SamplingDefaults unguided(SamplingDefaults defaults) {
        return defaults.withGuidance(Guidance.NONE);
    }

    private static void requireGuidable(ModelConfig config, Guidance guidance) {
        config.requireUntaught(guidance);
        if (guidance.scale() != 1 && !config.transformer().nullClass()) {
            throw new IllegalArgumentException("guidance of " + guidance.scale()
                    + " needs a teacher with a null class, which this one lacks; give Guidance.NONE");
        }
    }

    private static void refuse(ModelConfig config, Distilled... taught) {
        for (Distilled lesson : List.of(taught)) {
            if (config.distilled().contains(lesson)) {
                throw new IllegalArgumentException("the teacher is a student itself, by " + config.distilled()
                        + "; begin with the model that it was made from");
            }
        }
    }
}
